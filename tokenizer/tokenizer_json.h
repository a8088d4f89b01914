#pragma once

#include <string>
#include <string_view>

#include "base/vocabulary.h"

namespace gpt2run {

// Parses a tokenizer.json of Hugging Face's tokenizers that is GPT-2's byte-level BPE. Every
// setting that changes which ids a text gets is checked: those of truncation and padding do not,
// since transformers replaces them at each call, and with no normalizer an added token's
// `normalized` says nothing.
//   name  how messages call the file
// Errors: TokenizerError kUnsupported, naming the setting, for another kind of tokenizer;
// kTokenizer for what is damaged.
// Source: huggingface/tokenizers, tokenizers/src/tokenizer/serialization.rs and models/bpe/.
Vocabulary parse_tokenizer_json(std::string_view text, const std::string& name);

}  // namespace gpt2run
