#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// The ids of tokens by their spellings. A token's id is its place in the list.
// Owns: nothing; the list outlives the table.
// Time: add and find look at kMaxProbes slots, and then at a logarithm of the tokens that found no
// slot. So a file whose tokens were made to have one hash costs O(n log n), not O(n^2).
// Threads: a const TokenIds may be shared.
class TokenIds {
 public:
  static constexpr int kNone = -1;
  using Hash = size_t (*)(std::string_view);

  explicit TokenIds(std::span<const std::string> tokens, Hash hash = standard_hash);

  // Adds tokens[id]. Returns kNone; if that spelling has an id already, returns that one and adds
  // nothing.
  int add(int id);

  // The id that was added with that spelling; kNone if there is none.
  int find(std::string_view spelling) const;

 private:
  static constexpr size_t kMaxProbes = 32;

  struct Slot {
    uint32_t hash_high;  // another spelling's mostly differs: its token need not be looked at
    int id = kNone;
  };

  static size_t standard_hash(std::string_view spelling) {
    return std::hash<std::string_view>()(spelling);
  }

  // The slot of the spelling, or the empty one where it would be; slots_.size() if it is in rest_.
  size_t find_slot(std::string_view spelling, uint64_t hash) const;

  std::span<const std::string> tokens_;
  Hash hash_;
  std::vector<Slot> slots_;               // open addressing, a power of two, at most half full
  std::map<std::string_view, int> rest_;  // whose kMaxProbes slots were all taken
};

}  // namespace gpt2run
