#pragma once

#include <cstddef>
#include <string>

#include "base/string_list.h"

namespace gpt2run {

// A byte-level BPE vocabulary as plain data, whichever file it came from. Tokens and parts are
// spelled in the characters of tokenizer/byte_table.h. What it says is checked when a Tokenizer is
// made of it.
struct Vocabulary {
  StringList tokens;      // [n_vocab], by id
  StringPairList merges;  // by rank: the first is merged first

  // How messages call what is wrong: "models/124M/encoder.json", "models/124M/vocab.bpe".
  std::string tokens_name;
  std::string merges_name;
  size_t first_merge_line = 0;  // where merges[0] stands; 0: the merges are not lines of a text
};

}  // namespace gpt2run
