#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace gpt2run {

struct Merge {
  int left, right, result;  // ids
};

// The merges in the order of their ranks, and the rank of each pair of ids.
// Time: add and rank look at kMaxProbes slots, and then at a logarithm of the pairs that found no
// slot: as TokenIds does, for files whose pairs were made to have one hash.
// Threads: a const MergeTable may be shared.
class MergeTable {
 public:
  static constexpr int kNone = INT32_MAX;  // after every rank
  static constexpr size_t kMaxMerges = size_t{1} << 22;

  // Requires: n_merges <= kMaxMerges.
  explicit MergeTable(size_t n_merges);

  // Adds the merge of the next rank. Returns kNone; if that pair has a rank already, returns that
  // one and adds nothing. Requires: fewer than n_merges were added; ids are not negative.
  int add(const Merge& merge);

  // The rank of the pair; kNone if it is never merged.
  int rank(int left, int right) const {
    const size_t i = find_slot(left, right);
    return i < slots_.size() ? rank_in(slots_[i]) : rank_in_rest(left, right);
  }

  const Merge& operator[](int rank) const { return merges_[static_cast<size_t>(rank)]; }

 private:
  // A rank and one more, below some bits of the pair's hash: where those differ, as those of
  // another pair mostly do, merges_ need not be looked at. Four bytes a slot keep the table in a
  // core's cache.
  using Slot = uint32_t;
  static constexpr Slot kEmpty = 0;
  static constexpr int kRankBits = 23;
  static constexpr Slot kRankMask = (Slot{1} << kRankBits) - 1;
  static_assert(kMaxMerges <= kRankMask);
  static constexpr size_t kMaxProbes = 32;

  static int rank_in(Slot slot) {
    return slot == kEmpty ? kNone : static_cast<int>(slot & kRankMask) - 1;
  }

  static uint64_t hash(int left, int right) {
    const uint64_t pair =
        uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    return pair * 0x9E3779B97F4A7C15u;
  }
  // Other bits of it than those that choose the first slot.
  static Slot tag(uint64_t hash) { return static_cast<Slot>(hash >> 9) & ~kRankMask; }

  // The slot of the pair, or the empty one where it would be; slots_.size() if it is in rest_.
  size_t find_slot(int left, int right) const {
    const uint64_t pair_hash = hash(left, right);
    const auto first = static_cast<size_t>(pair_hash >> shift_);
    for (size_t n = 0; n < kMaxProbes; ++n) {
      const size_t i = (first + n) & (slots_.size() - 1);
      if (slots_[i] == kEmpty) return i;
      if ((slots_[i] & ~kRankMask) != tag(pair_hash)) continue;
      const Merge& merge = (*this)[rank_in(slots_[i])];
      if (merge.left == left && merge.right == right) return i;
    }
    return slots_.size();
  }
  int rank_in_rest(int left, int right) const;

  std::vector<Merge> merges_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  int shift_;
  std::map<std::pair<int, int>, int> rest_;  // whose kMaxProbes slots were all taken
};

}  // namespace gpt2run
