#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/string_list.h"
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

  int n_vocab() const { return static_cast<int>(bytes_.size()); }

  // Requires: 0 <= id < n_vocab().
  std::string_view bytes(int id) const { return bytes_[static_cast<size_t>(id)]; }

  int eot() const { return eot_; }  // the id of <|endoftext|>; -1 if there is none
  const std::array<int, 256>& byte_ids() const { return byte_ids_; }
  const MergeTable& merges() const { return merges_; }

 private:
  void add_tokens(const Vocabulary& vocabulary);
  void find_bytes(const Vocabulary& vocabulary, const TokenIds& ids);
  void add_merges(const Vocabulary& vocabulary, const TokenIds& ids);
  void refuse_lost_merges(const Vocabulary& vocabulary, const std::vector<bool>& is_made) const;

  StringList bytes_;  // [n_vocab]
  std::array<int, 256> byte_ids_{};
  MergeTable merges_;
  int eot_ = -1;
};

}  // namespace gpt2run
