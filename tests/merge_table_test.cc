#include "tokenizer/merge_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

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

}  // namespace
}  // namespace gpt2run
