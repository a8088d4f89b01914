#include "tokenizer/merge_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace gpt2run {
namespace {

TEST(MergeTable, GivesEachPairItsRankAndNoOtherOne) {
  std::mt19937 random(1);
  const auto id = [&] { return static_cast<int>(random() % 300); };
  for (const int n : {0, 1, 2, 1000, 50000}) {
    MergeTable table(static_cast<size_t>(n));
    std::map<std::pair<int, int>, int> ranks;
    while (static_cast<int>(ranks.size()) < n) {
      const Merge merge = {id(), id(), static_cast<int>(ranks.size()) + 7};
      const auto rank = static_cast<int>(ranks.size());
      const auto [earlier, is_new] = ranks.emplace(std::pair(merge.left, merge.right), rank);
      ASSERT_EQ(table.add(merge), is_new ? MergeTable::kNone : earlier->second);
    }
    for (int left = 0; left < 300; ++left) {
      for (int right = 0; right < 300; ++right) {
        const auto found = ranks.find({left, right});
        const int expected = found == ranks.end() ? MergeTable::kNone : found->second;
        ASSERT_EQ(table.rank(left, right), expected) << left << " " << right;
        if (expected == MergeTable::kNone) continue;
        ASSERT_EQ(table[expected].left, left);
        ASSERT_EQ(table[expected].right, right);
        ASSERT_EQ(table[expected].result, expected + 7);
      }
    }
  }
}

TEST(MergeTable, IdsMayBeOfAnySize) {
  MergeTable table(2);
  EXPECT_EQ(table.add({INT32_MAX, 0, 1}), MergeTable::kNone);
  EXPECT_EQ(table.add({0, INT32_MAX, 1}), MergeTable::kNone);
  EXPECT_EQ(table.rank(INT32_MAX, 0), 0);
  EXPECT_EQ(table.rank(0, INT32_MAX), 1);
  EXPECT_EQ(table.rank(INT32_MAX, INT32_MAX), MergeTable::kNone);
  EXPECT_EQ(table.rank(0, -1), MergeTable::kNone);  // a byte without a token
}

// Pairs whose products with the hash's factor begin alike, as a file could choose them.
TEST(MergeTable, PairsOfOneSlotTakeNoQuadraticTime) {
  constexpr int n = 200000;
  constexpr uint64_t kInverse = 0xF1DE83E19937733D;  // of the factor, modulo 2^64
  static_assert(kInverse * 0x9E3779B97F4A7C15u == 1);
  MergeTable table(n);
  std::vector<Merge> merges;
  for (uint64_t hash = 1; static_cast<int>(merges.size()) < n; ++hash) {
    const uint64_t pair = hash * kInverse;
    const auto left = static_cast<int32_t>(pair >> 32), right = static_cast<int32_t>(pair);
    if (left >= 0 && right >= 0) merges.push_back({left, right, 0});
  }
  for (const Merge& merge : merges) ASSERT_EQ(table.add(merge), MergeTable::kNone);
  for (int rank = 0; rank < n; ++rank) {
    const Merge& merge = merges[static_cast<size_t>(rank)];
    ASSERT_EQ(table.rank(merge.left, merge.right), rank);
    ASSERT_EQ(table.rank(merge.right, merge.left), MergeTable::kNone);
  }
  EXPECT_EQ(table.add(merges.back()), n - 1);
}

}  // namespace
}  // namespace gpt2run
