#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gpt2run {

// A byte-level BPE vocabulary as plain data, whichever file it came from. Tokens and parts are
// spelled in the characters of tokenizer/byte_table.h. What it says is checked when a Tokenizer is
// made of it.
struct Vocabulary {
  std::vector<std::string> tokens;                          // [n_vocab], by id
  std::vector<std::pair<std::string, std::string>> merges;  // by rank: the first is merged first

  // How messages call what is wrong: "models/124M/encoder.json", "models/124M/vocab.bpe".
  std::string tokens_name;
  std::string merges_name;
  size_t first_merge_line = 0;  // where merges[0] stands; 0: the merges are not lines of a text
};

}  // namespace gpt2run
