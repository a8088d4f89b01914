#include "loader/transforms.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <stdexcept>

#include "loader/shape_fit.h"

namespace gpt2run {
namespace {

using Shape = std::vector<int64_t>;

const Transform kSqueeze{.kind = Transform::kSqueeze};
const Transform kUnsqueeze{.kind = Transform::kUnsqueeze};
const Transform kTranspose{.kind = Transform::kTranspose};

Transform slice(std::vector<std::pair<int64_t, int64_t>> ranges) {
  return {.kind = Transform::kSlice, .ranges = std::move(ranges)};
}

Transform pad(Shape shape) {
  return {.kind = Transform::kPad, .shape = std::move(shape)};
}

std::vector<float> counting(size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

std::string refusal(const Transform& transform, const Shape& shape) {
  try {
    transformed_shape(transform, shape);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Transforms, GiveTheShapeThatComesOut) {
  EXPECT_EQ(transformed_shape(kSqueeze, {1, 4, 1, 3}), (Shape{4, 3}));
  EXPECT_EQ(transformed_shape(kSqueeze, {4, 3}), (Shape{4, 3}));
  EXPECT_EQ(transformed_shape(kUnsqueeze, {4, 3}), (Shape{1, 4, 3}));
  EXPECT_EQ(transformed_shape(kTranspose, {2, 4, 3}), (Shape{2, 3, 4}));
  EXPECT_EQ(transformed_shape(slice({{1, 3}, {0, 2}}), {4, 3}), (Shape{2, 2}));
  EXPECT_EQ(transformed_shape(pad({5, 3}), {4, 3}), (Shape{5, 3}));
  EXPECT_EQ(transformed_shape({kSqueeze, kTranspose, pad({4, 4})}, {1, 4, 3}), (Shape{4, 4}));
}

TEST(Transforms, RefuseAStepThatCannotBeTaken) {
  EXPECT_NE(refusal(kTranspose, {4}).find("expected two dimensions"), std::string::npos);
  EXPECT_NE(refusal(slice({{0, 2}}), {4, 3}).find("as many ranges"), std::string::npos);
  for (const std::pair<int64_t, int64_t>& range :
       {std::pair<int64_t, int64_t>{-1, 2}, {2, 2}, {3, 1}, {0, 5}}) {
    EXPECT_NE(refusal(slice({range}), {4}).find("inside the shape"), std::string::npos);
  }
  EXPECT_NE(refusal(pad({5}), {4, 3}).find("as many sizes"), std::string::npos);
  EXPECT_NE(refusal(pad({3, 3}), {4, 3}).find("not smaller"), std::string::npos);
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  EXPECT_NE(refusal(pad({kHuge, kHuge}), {4, 3}).find("fewer than 2^63"), std::string::npos);
}

TEST(Transforms, MoveTheValues) {
  EXPECT_EQ(transformed({kTranspose}, {2, 3}, counting(6)), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(transformed({kTranspose}, {2, 2, 2}, counting(8)),
            (std::vector<float>{1, 3, 2, 4, 5, 7, 6, 8}));
  EXPECT_EQ(transformed({slice({{1, 3}, {1, 2}})}, {3, 2}, counting(6)),
            (std::vector<float>{4, 6}));
  EXPECT_EQ(transformed({slice({{1, 3}})}, {4}, counting(4)), (std::vector<float>{2, 3}));
  EXPECT_EQ(transformed({pad({3, 3})}, {2, 2}, counting(4)),
            (std::vector<float>{1, 2, 0, 3, 4, 0, 0, 0, 0}));
  EXPECT_EQ(transformed({kSqueeze, kUnsqueeze}, {1, 3}, counting(3)), counting(3));
  EXPECT_EQ(transformed({}, {}, {7}), (std::vector<float>{7}));
}

TEST(Transforms, TransposeBlocksThatAreNotWhole) {
  constexpr size_t kRows = 33, kColumns = 70;
  const auto values = counting(kRows * kColumns);
  const auto result = transformed({kTranspose}, {kRows, kColumns}, values);
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t column = 0; column < kColumns; ++column) {
      ASSERT_EQ(result[column * kRows + row], values[row * kColumns + column]);
    }
  }
}

TEST(Transforms, SliceAndPadInThreeDimensions) {
  const auto values = counting(2 * 3 * 4);
  const auto middle = transformed({slice({{0, 2}, {1, 3}, {2, 4}})}, {2, 3, 4}, values);
  EXPECT_EQ(middle, (std::vector<float>{7, 8, 11, 12, 19, 20, 23, 24}));
  const auto padded = transformed({pad({2, 2, 3})}, {2, 1, 2}, counting(4));
  EXPECT_EQ(padded, (std::vector<float>{1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0}));
}

TEST(Transforms, KeepTheOrderUnlessValuesMove) {
  EXPECT_TRUE(keeps_order({}));
  EXPECT_TRUE(keeps_order({kSqueeze, kUnsqueeze}));
  for (const Transform& moving : {kTranspose, slice({{0, 1}}), pad({9})}) {
    EXPECT_FALSE(keeps_order({kSqueeze, moving}));
  }
}

TEST(Transforms, AreNamedForPeople) {
  EXPECT_EQ(transforms_text({kSqueeze, kTranspose, slice({{0, 2}, {1, 3}}), pad({4, 5})}),
            "squeeze, transpose, slice [0:2, 1:3], pad [4, 5]");
}

TEST(FitShape, TakesAxesOfOneAway) {
  EXPECT_EQ(fit_shape("model/h0/ln_1/g", {4, 1, 1}, {4}, false), (std::vector{kSqueeze}));
  EXPECT_EQ(fit_shape("model/h0/mlp/c_fc/w", {1, 4, 16}, {4, 16}, false), (std::vector{kSqueeze}));
  EXPECT_EQ(fit_shape("model/h0/ln_1/g", {4}, {4}, false), std::vector<Transform>());
  EXPECT_EQ(fit_shape("model/h0/ln_1/g", {5}, {4}, false), std::nullopt);
  EXPECT_EQ(fit_shape("model/h0/mlp/c_fc/w", {64}, {4, 16}, false), std::nullopt);
}

TEST(FitShape, TransposesASquareAsItsSiblingsAndOthersByTheirSizes) {
  const char* const square = "model/h0/attn/c_proj/w";
  EXPECT_EQ(fit_shape(square, {4, 4}, {4, 4}, false), std::vector<Transform>());
  EXPECT_EQ(fit_shape(square, {4, 4}, {4, 4}, true), (std::vector{kTranspose}));
  const char* const wide = "model/h0/mlp/c_fc/w";
  EXPECT_EQ(fit_shape(wide, {16, 4}, {4, 16}, true), (std::vector{kTranspose}));
  EXPECT_EQ(fit_shape(wide, {16, 4}, {4, 16}, false), (std::vector{kTranspose}));
  EXPECT_EQ(fit_shape(wide, {4, 16}, {4, 16}, true), std::vector<Transform>());
  EXPECT_EQ(fit_shape("model/h0/attn/c_attn/w", {1, 12, 4}, {4, 12}, false),
            (std::vector{kSqueeze, kTranspose}));
}

TEST(FitShape, SlicesAndPadsOnlyTheRowsOfEmbeddings) {
  EXPECT_EQ(fit_shape("model/wte", {6, 4}, {5, 4}, false), (std::vector{slice({{0, 5}, {0, 4}})}));
  EXPECT_EQ(fit_shape("model/wpe", {3, 4}, {5, 4}, true), (std::vector{pad({5, 4})}));
  EXPECT_EQ(fit_shape("model/lm_head", {4, 6}, {5, 4}, false),
            (std::vector{kTranspose, slice({{0, 5}, {0, 4}})}));
  EXPECT_EQ(fit_shape("model/wte", {5, 3}, {5, 4}, false), std::nullopt);
  EXPECT_EQ(fit_shape("model/h0/mlp/c_fc/w", {4, 20}, {4, 16}, false), std::nullopt);
}

TEST(FitShape, SaysWhatASliceOrPadDoes) {
  EXPECT_EQ(size_change_text({slice({{0, 50257}, {0, 768}})}, {50304, 768}),
            "sliced from [50304, 768] to [50257, 768]");
  EXPECT_EQ(size_change_text({kTranspose, pad({5, 4})}, {4, 3}),
            "padded with zeros from [3, 4] to [5, 4]");
  EXPECT_EQ(size_change_text({kSqueeze}, {1, 4}), "");
}

}  // namespace
}  // namespace gpt2run
