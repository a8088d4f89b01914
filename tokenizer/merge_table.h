#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gpt2run {

struct Merge {
  int left, right, result;  // ids
};

// The merges in the order of their ranks, and the rank of each pair of ids.
// Threads: a const MergeTable may be shared.
class MergeTable {
 public:
  static constexpr int kNone = INT32_MAX;  // after every rank

  explicit MergeTable(size_t n_merges);

  // Adds the merge of the next rank. Returns kNone; if that pair has a rank already, returns that
  // one and adds nothing. Requires: fewer than n_merges were added; ids are not negative.
  int add(const Merge& merge);

  // The rank of the pair; kNone if it is never merged.
  int rank(int left, int right) const { return slots_[find_slot(left, right)].rank; }

  const Merge& operator[](int rank) const { return merges_[static_cast<size_t>(rank)]; }

 private:
  struct Slot {
    int left = -1, right = -1, rank = kNone;
  };

  // The slot of the pair, or the empty one where it would be.
  size_t find_slot(int left, int right) const {
    const uint64_t pair =
        uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    size_t i = static_cast<size_t>((pair * 0x9E3779B97F4A7C15u) >> shift_);
    while (slots_[i].rank != kNone && (slots_[i].left != left || slots_[i].right != right)) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  std::vector<Merge> merges_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  int shift_;
};

}  // namespace gpt2run
