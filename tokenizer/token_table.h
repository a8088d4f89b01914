#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/merge_table.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {

class TokenIds;

// A vocabulary that was checked: the bytes of each id, and the merges as ids.
// Threads: a const TokenTable may be shared.
class TokenTable {
 public:
  // Errors: TokenizerError kTokenizer, naming the token or merge: a token that stands twice, one
  // with a character that spells no byte (but in <|...|>, which is taken as it stands), a byte that
  // has no token, a merge that stands twice or whose parts or result are no tokens, a token that
  // the lost end of the merges would have made.
  explicit TokenTable(const Vocabulary& vocabulary);

  int n_vocab() const { return static_cast<int>(starts_.size()) - 1; }

  // Requires: 0 <= id < n_vocab().
  std::string_view bytes(int id) const {
    const size_t start = starts_[static_cast<size_t>(id)];
    return std::string_view(bytes_).substr(start, starts_[static_cast<size_t>(id) + 1] - start);
  }

  int eot() const { return eot_; }  // the id of <|endoftext|>; -1 if there is none
  const std::array<int, 256>& byte_ids() const { return byte_ids_; }
  const MergeTable& merges() const { return merges_; }

 private:
  void add_tokens(const Vocabulary& vocabulary);
  void find_bytes(const Vocabulary& vocabulary, const TokenIds& ids);
  void add_merges(const Vocabulary& vocabulary, const TokenIds& ids);
  void refuse_lost_merges(const Vocabulary& vocabulary, const std::vector<bool>& is_made) const;

  std::string bytes_;           // of all tokens, one after the other
  std::vector<size_t> starts_;  // [n_vocab + 1], in bytes_
  std::array<int, 256> byte_ids_{};
  MergeTable merges_;
  int eot_ = -1;
};

}  // namespace gpt2run
