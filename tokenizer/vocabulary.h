#pragma once

#include <cstddef>
#include <filesystem>

#include "base/vocabulary.h"

namespace gpt2run {

// What is refused whatever the file says.
constexpr size_t kMaxVocabularyBytes = size_t{64} << 20;  // of each file
constexpr size_t kMaxVocabularyTokens = size_t{1} << 22;  // and as many merges

// Reads folder/encoder.json and folder/vocab.bpe.
// Errors: TokenizerError kNotFound, saying which of the two is missing; as read_vocabulary below.
Vocabulary read_vocabulary(const std::filesystem::path& folder);

// Reads a JSON object {spelling: id} whose ids are 0 to n-1, each once, and a text of merges, two
// spellings a line with one space between. A first line "#version..." and a byte order mark are
// skipped, CRLF and a missing final newline are accepted.
// Errors: TokenizerError kNotFound; kTokenizer, with the token or the line.
Vocabulary read_vocabulary(const std::filesystem::path& tokens_path,
                           const std::filesystem::path& merges_path);

}  // namespace gpt2run
