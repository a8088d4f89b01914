#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tokenizer/number_table.h"

namespace gpt2run {

struct Merge {
  int left, right, result;  // ids
};

// The merges in the order of their ranks, and the rank of each pair of ids.
// Time: NumberTable's. Threads: a const MergeTable may be shared.
class MergeTable {
 public:
  static constexpr int kNone = INT32_MAX;  // after every rank

  // Requires: as NumberTable's.
  explicit MergeTable(size_t n_merges);

  // Adds the merge of the next rank. Returns kNone; if that pair has a rank already, returns that
  // one and adds nothing. Requires: fewer than n_merges were added; ids are not negative.
  int add(const Merge& merge);

  // The rank of the pair; kNone if it is never merged.
  int rank(int left, int right) const;

  const Merge& operator[](int rank) const { return merges_[static_cast<size_t>(rank)]; }

 private:
  using Ranks = NumberTable<std::pair<int, int>>;

  static int rank_or_none(int number) { return number == Ranks::kNone ? kNone : number; }

  static uint64_t hash(int left, int right) {
    const uint64_t pair =
        uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    // A product's upper bits depend on all bits of the pair: they come to where slots are chosen.
    return std::rotl(pair * 0x9E3779B97F4A7C15u, 23);
  }

  // Whether a rank's pair is that.
  auto has(int left, int right) const {
    return [this, left, right](int rank) {
      return (*this)[rank].left == left && (*this)[rank].right == right;
    };
  }

  std::vector<Merge> merges_;
  Ranks ranks_;
};

inline int MergeTable::rank(int left, int right) const {
  return rank_or_none(ranks_.find({left, right}, hash(left, right), has(left, right)));
}

}  // namespace gpt2run
