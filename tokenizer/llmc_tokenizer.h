#pragma once

#include <string>
#include <string_view>

#include "base/vocabulary.h"

namespace gpt2run {

// Parses llm.c's gpt2_tokenizer.bin: 256 int32 (magic 20240328, version 1 or 2, n_vocab, from
// version 2 on the id of <|endoftext|>), then of each token its length in one byte and its bytes.
// Its merges are recovered from the tokens.
//   name  how messages call the file
// Errors: TokenizerError kTokenizer, with the token or offset; kUnsupported for another version and
// for another end of text than <|endoftext|>.
// Source: llm.c train_gpt2.py, write_tokenizer(); llmc/tokenizer.h.
Vocabulary parse_llmc_tokenizer(std::string_view bytes, const std::string& name);

}  // namespace gpt2run
