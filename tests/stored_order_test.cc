#include <gtest/gtest.h>

#include "loader/transforms.h"

namespace gpt2run {
namespace {

constexpr Transform::Kind kTurn = Transform::kTranspose;

Transform slice(std::vector<std::pair<int64_t, int64_t>> ranges) {
  return {.kind = Transform::kSlice, .ranges = std::move(ranges)};
}

TEST(StoredOrder, IsAsItIsOrTransposedWhereNoValueMovesOtherwise) {
  const Transform squeeze = {.kind = Transform::kSqueeze}, turn = {.kind = kTurn};
  EXPECT_EQ(stored_order({}, {3, 4}), StoredOrder::kAsIs);
  EXPECT_EQ(stored_order({squeeze}, {1, 3, 4}), StoredOrder::kAsIs);
  EXPECT_EQ(stored_order({turn}, {3, 4}), StoredOrder::kTransposed);
  EXPECT_EQ(stored_order({squeeze, turn}, {1, 3, 4}), StoredOrder::kTransposed);
  EXPECT_EQ(stored_order({turn, turn}, {3, 4}), StoredOrder::kAsIs);
}

TEST(StoredOrder, MayLeaveOutTheRowsBehindTheLast) {
  const Transform turn = {.kind = kTurn};
  EXPECT_EQ(stored_order({slice({{0, 2}, {0, 4}})}, {3, 4}), StoredOrder::kAsIs);
  EXPECT_EQ(stored_order({slice({{0, 2}, {0, 4}}), turn}, {3, 4}), StoredOrder::kTransposed);
}

TEST(StoredOrder, IsNoneForOtherSteps) {
  const Transform turn = {.kind = kTurn}, pad = {.kind = Transform::kPad, .shape = {4, 4}};
  EXPECT_EQ(stored_order({slice({{1, 3}, {0, 4}})}, {3, 4}), std::nullopt);
  EXPECT_EQ(stored_order({slice({{0, 3}, {0, 2}})}, {3, 4}), std::nullopt);
  EXPECT_EQ(stored_order({turn, slice({{0, 4}, {0, 3}})}, {3, 4}), std::nullopt);
  EXPECT_EQ(stored_order({pad}, {3, 4}), std::nullopt);
  EXPECT_EQ(stored_order({turn}, {2, 3, 4}), std::nullopt);
}

}  // namespace
}  // namespace gpt2run
