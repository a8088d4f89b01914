#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/string_list.h"

namespace gpt2run {

// The ids of tokens by their spellings. A token's id is its place in the list.
// Owns: nothing; the list outlives the table.
// Time: add and find look at kMaxProbes slots, and then at a logarithm of the tokens that found no
// slot. So a file whose tokens were made to have one hash costs O(n log n), not O(n^2).
// Threads: a const TokenIds may be shared.
class TokenIds {
 public:
  static constexpr int kNone = -1;
  static constexpr size_t kMaxTokens = size_t{1} << 22;
  using Hash = size_t (*)(std::string_view);

  // Requires: at most kMaxTokens.
  explicit TokenIds(const StringList& tokens, Hash hash = standard_hash);

  // Adds tokens[id]. Returns kNone; if that spelling has an id already, returns that one and adds
  // nothing.
  int add(int id);

  // The id that was added with that spelling; kNone if there is none.
  int find(std::string_view spelling) const;

 private:
  static constexpr size_t kMaxProbes = 32;

  // An id and one more, below some bits of the spelling's hash: where those differ, as another
  // spelling's mostly do, its token need not be looked at.
  using Slot = uint32_t;
  static constexpr Slot kEmpty = 0;
  static constexpr int kIdBits = 23;
  static constexpr Slot kIdMask = (Slot{1} << kIdBits) - 1;
  static_assert(kMaxTokens <= kIdMask);

  static int id_in(Slot slot) { return static_cast<int>(slot & kIdMask) - 1; }
  static Slot tag(uint64_t hash) { return static_cast<Slot>(hash >> 32) & ~kIdMask; }

  static size_t standard_hash(std::string_view spelling) {
    return std::hash<std::string_view>()(spelling);
  }

  // The slot of the spelling, or the empty one where it would be; slots_.size() if it is in rest_.
  size_t find_slot(std::string_view spelling, uint64_t hash) const;

  const StringList& tokens_;
  Hash hash_;
  std::vector<Slot> slots_;               // open addressing, a power of two, at most half full
  std::map<std::string_view, int> rest_;  // whose kMaxProbes slots were all taken
};

}  // namespace gpt2run
