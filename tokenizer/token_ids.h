#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/string_list.h"
#include "tokenizer/number_table.h"

namespace gpt2run {

// The ids of tokens by their spellings. A token's id is its place in the list.
// Owns: nothing; the list outlives the table. Time: NumberTable's.
// Threads: a const TokenIds may be shared.
class TokenIds {
 public:
  static constexpr int kNone = NumberTable<std::string_view>::kNone;
  using Hash = size_t (*)(std::string_view);

  // Requires: as NumberTable's.
  explicit TokenIds(const StringList& tokens, Hash hash = standard_hash);

  // Adds tokens[id]. Returns kNone; if that spelling has an id already, returns that one and adds
  // nothing.
  int add(int id);

  // The id that was added with that spelling; kNone if there is none.
  int find(std::string_view spelling) const;

 private:
  static size_t standard_hash(std::string_view spelling) {
    return std::hash<std::string_view>()(spelling);
  }

  // Whether an id's spelling is that.
  auto has(std::string_view spelling) const {
    return [this, spelling](int id) { return tokens_[static_cast<size_t>(id)] == spelling; };
  }

  const StringList& tokens_;
  Hash hash_;
  NumberTable<std::string_view> ids_;
};

}  // namespace gpt2run
