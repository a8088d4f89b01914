#include "base/shared_range.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gpt2run {
namespace {

struct Expected {
  int64_t begin, end;
  bool has_next;
};

void expect_piece(const Piece& piece, const Expected& expected) {
  EXPECT_EQ(piece.begin, expected.begin);
  EXPECT_EQ(piece.end, expected.end);
  EXPECT_EQ(piece.has_next, expected.has_next);
}

TEST(SharedRange, GivesItsOwnerPiecesThatEndAtMultiples) {
  SharedRange range(16, 150);
  expect_piece(range.take_front(64), {16, 64, true});
  expect_piece(range.take_front(64), {64, 128, true});
  expect_piece(range.take_front(64), {128, 150, false});
  EXPECT_TRUE(range.take_front(64).is_empty());
}

TEST(SharedRange, GivesOthersPiecesFromItsEnd) {
  SharedRange range(16, 150);
  expect_piece(range.take_back(64), {128, 150, false});
  expect_piece(range.take_front(64), {16, 64, true});
  expect_piece(range.take_back(64), {64, 128, false});
  EXPECT_TRUE(range.take_back(64).is_empty());
  EXPECT_TRUE(range.take_front(64).is_empty());
}

TEST(SharedRange, IsEmptyUntilItIsSetAndMayBeEmptied) {
  SharedRange range;
  EXPECT_TRUE(range.take_front(1).is_empty());
  range.set(3, 5);
  range.set(0, 0);
  EXPECT_TRUE(range.take_back(1).is_empty());
}

TEST(SharedRange, HoldsNumbersUpTo32Bits) {
  SharedRange range(0xFFFFFFF0, 0xFFFFFFFF);
  expect_piece(range.take_back(16), {0xFFFFFFF0, 0xFFFFFFFF, false});
}

TEST(SharedRange, GivesEachPieceToOneOfManyThreads) {
  constexpr int64_t kSize = 20000;
  SharedRange range(0, kSize);
  std::vector<std::atomic<int>> n_taken(kSize);
  const auto take = [&](bool is_owner) {
    for (Piece piece; !(piece = is_owner ? range.take_front(1) : range.take_back(1)).is_empty();) {
      ++n_taken[static_cast<size_t>(piece.begin)];
    }
  };
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back(take, false);
  take(true);
  for (std::thread& other : others) other.join();
  for (const auto& n : n_taken) ASSERT_EQ(n, 1);
}

}  // namespace
}  // namespace gpt2run
