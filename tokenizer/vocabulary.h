#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gpt2run {

// A byte-level BPE vocabulary as plain data, whichever file it came from. Tokens and parts are
// spelled in the characters of byte_table.h. What it says is checked when a Tokenizer is made of
// it.
struct Vocabulary {
  std::vector<std::string> tokens;                          // [n_vocab], by id
  std::vector<std::pair<std::string, std::string>> merges;  // by rank: the first is merged first

  // How messages call what is wrong: "models/124M/encoder.json", "models/124M/vocab.bpe".
  std::string tokens_name;
  std::string merges_name;
  size_t first_merge_line = 0;  // where merges[0] stands; 0: the merges are not lines of a text
};

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
