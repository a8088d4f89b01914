#include "loader/strides.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace gpt2run {
namespace {

std::vector<float> counting(size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

std::vector<float> gathered(const std::vector<float>& from, const std::vector<int64_t>& shape,
                            const std::vector<int64_t>& strides, size_t n) {
  std::vector<float> out(n, -1);
  size_t n_seen = 0;
  gather(from.data(), shape, strides, out.data(), [&](const float*, size_t k) { n_seen += k; });
  EXPECT_EQ(n_seen, n);
  return out;
}

TEST(Strides, OfBothOrders) {
  EXPECT_EQ(row_major_strides({2, 3, 4}), (std::vector<int64_t>{12, 4, 1}));
  EXPECT_EQ(fortran_strides({2, 3, 4}), (std::vector<int64_t>{1, 2, 6}));
  EXPECT_TRUE(row_major_strides({}).empty());
}

TEST(Strides, RowMajorIsToldWhateverAxesOfOneItemSay) {
  EXPECT_TRUE(is_row_major({2, 3}, {3, 1}));
  EXPECT_TRUE(is_row_major({1, 3}, {99, 1}));
  EXPECT_TRUE(is_row_major({2, 1}, {1, 99}));
  EXPECT_TRUE(is_row_major({}, {}));
  EXPECT_TRUE(is_row_major({0, 3}, {7, 7}));
  EXPECT_FALSE(is_row_major({2, 3}, {1, 2}));
  EXPECT_FALSE(is_row_major({2, 3}, {6, 2}));
}

TEST(Gather, TransposesStepsAndRepeats) {
  EXPECT_EQ(gathered(counting(6), {3, 2}, {1, 3}, 6), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(gathered(counting(6), {3}, {2}, 3), (std::vector<float>{0, 2, 4}));
  EXPECT_EQ(gathered(counting(6), {2, 2}, {0, 1}, 4), (std::vector<float>{0, 1, 0, 1}));
  EXPECT_EQ(gathered(counting(1), {}, {}, 1), std::vector<float>{0});
  EXPECT_TRUE(gathered({}, {3, 0}, {1, 1}, 0).empty());
}

TEST(Gather, AgreesWithTheDefinitionForEveryOrderOfThreeAxes) {
  const std::vector<int64_t> sizes = {2, 3, 5};
  const std::vector<float> from = counting(30);
  std::vector<size_t> axes = {0, 1, 2};
  do {
    std::vector<int64_t> shape, strides;
    const std::vector<int64_t> whole = row_major_strides(sizes);
    for (const size_t axis : axes) {
      shape.push_back(sizes[axis]);
      strides.push_back(whole[axis]);
    }
    std::vector<float> expected;
    for (int64_t i = 0; i < shape[0]; ++i) {
      for (int64_t j = 0; j < shape[1]; ++j) {
        for (int64_t k = 0; k < shape[2]; ++k) {
          expected.push_back(
              from[static_cast<size_t>(i * strides[0] + j * strides[1] + k * strides[2])]);
        }
      }
    }
    EXPECT_EQ(gathered(from, shape, strides, 30), expected);
  } while (std::next_permutation(axes.begin(), axes.end()));
}

}  // namespace
}  // namespace gpt2run
