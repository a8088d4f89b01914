#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace gpt2run {

// The pieces of a text, as GPT-2's pattern splits it: a loop over code points and their classes.
std::vector<std::string> plain_split(std::string_view text);

// GPT-2's tokenizer written as plainly as can be, over maps of strings and in quadratic time: what
// the fast one is compared with.
class PlainTokenizer {
 public:
  explicit PlainTokenizer(const Vocabulary& vocabulary);
  std::vector<int> encode(std::string_view text) const;

 private:
  std::map<std::string, int> id_of_;
  std::map<std::pair<std::string, std::string>, size_t> rank_of_;
};

}  // namespace gpt2run
