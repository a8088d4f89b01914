#pragma once

#include <cstddef>
#include <filesystem>

#include "base/vocabulary.h"

namespace gpt2run {

// What is refused whatever the file says.
constexpr size_t kMaxVocabularyBytes = size_t{64} << 20;  // of each file
constexpr size_t kMaxVocabularyTokens = size_t{1} << 22;  // and as many merges

// Reads the first of these that is whole in the folder:
//   encoder.json and vocab.bpe   OpenAI's
//   vocab.json and merges.txt    Hugging Face's, of the same forms
//   tokenizer.json               of Hugging Face's tokenizers
//   gpt2_tokenizer.bin           llm.c's
// Errors: TokenizerError kNotFound if none is, saying which files are here and which are missing;
// kUnsupported for a tokenizer.json that is not GPT-2's byte-level BPE, naming what differs; as
// read_vocabulary below.
Vocabulary read_vocabulary(const std::filesystem::path& folder);

// Reads a JSON object {spelling: id} whose ids are 0 to n-1, each once, and a text of merges, two
// spellings a line with one space between. A first line "#version..." and a byte order mark are
// skipped, CRLF and a missing final newline are accepted.
// Errors: TokenizerError kNotFound; kRuntime if the system refuses; kTokenizer, with the token or
// the line.
Vocabulary read_vocabulary(const std::filesystem::path& tokens_path,
                           const std::filesystem::path& merges_path);

}  // namespace gpt2run
