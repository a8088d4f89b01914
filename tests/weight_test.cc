#include "engine/weight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "engine/half.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1},   {1, 64},   {3, 65},   {31, 2},   {32, 64},
                                          {33, 63}, {64, 100}, {65, 129}, {96, 192}, {200, 257}};

// The values of a group of 32 inputs of one column: what shares a scale.
struct Group {
  Eigen::VectorXd values, rounded;
  double largest() const { return values.cwiseAbs().maxCoeff(); }
  double squared_error() const { return (values - rounded).squaredNorm(); }
  double largest_error() const { return (values - rounded).cwiseAbs().maxCoeff(); }
};

// Calls check for each group of a matrix packed as that type.
template <class Check>
void for_groups(const Matrix& values, WeightType type, const Check& check) {
  const Matrix rounded = unpacked(PackedMatrix(values, type).weight());
  ASSERT_EQ(rounded.rows(), values.rows());
  ASSERT_EQ(rounded.cols(), values.cols());
  for (Eigen::Index j = 0; j < values.cols(); ++j) {
    for (Eigen::Index row = 0; row < values.rows(); row += kGroupRows) {
      const Eigen::Index n = std::min<Eigen::Index>(kGroupRows, values.rows() - row);
      check(Group{values.col(j).segment(row, n).cast<double>(),
                  rounded.col(j).segment(row, n).cast<double>()});
    }
  }
}

// A scale, a float16, is off by this share of itself at most, or by this much if it is subnormal.
constexpr double kHalfRounding = 0x1p-11, kSmallestRounding = 0x1p-25;

TEST(Weight, Float32ComesBackAsItWas) {
  for (const auto& [n_in, n_out] : kSizes) {
    const Matrix values = random_matrix(n_in, n_out, 1, 100);
    EXPECT_EQ(unpacked(PackedMatrix(values).weight()), values);
  }
}

TEST(Weight, BFloat16IsTheNearest) {
  for (const auto& [n_in, n_out] : kSizes) {
    const Matrix values = random_matrix(n_in, n_out, 2, 100);
    const Matrix nearest =
        values.unaryExpr([](float x) { return bfloat16_to_float(float_to_bfloat16(x)); });
    EXPECT_EQ(unpacked(PackedMatrix(values, WeightType::kBFloat16).weight()), nearest);
  }
}

// An integer type, and the scale that a plain rounding would take.
struct IntegerType {
  WeightType type;
  double divisor, low, high;  // the extreme value becomes divisor; steps
  double least_end;           // steps of the largest number, whatever scale is taken, at least
  double last_share;          // of the largest number: what is larger may have been cut off
};
constexpr IntegerType kInt8 = {WeightType::kInt8, 127, -127, 127, 119, 0.99};
constexpr IntegerType kInt4 = {WeightType::kInt4, -8, -8, 7, 6, 0.87};

// The norm of the error with the plain scale.
double plain_error(const Eigen::VectorXd& values, const IntegerType& type) {
  Eigen::Index at = 0;
  values.cwiseAbs().maxCoeff(&at);
  const double step = values[at] / type.divisor;
  if (step == 0) return 0;
  const Eigen::VectorXd rounded = values.unaryExpr(
      [&](double x) { return step * std::clamp(std::nearbyint(x / step), type.low, type.high); });
  return (values - rounded).norm();
}

// How far the error's norm can rise where a scale is rounded to float16: 32 numbers, none larger
// than the largest number by more than a step, move.
double scale_rounding(const Group& group, const IntegerType& type) {
  const double steps = std::abs(type.divisor);
  const double largest = group.largest() * steps / type.least_end;
  return std::sqrt(kGroupRows) * (largest * kHalfRounding + steps * kSmallestRounding);
}

// Rounding to the nearest of the steps, whatever their size, but for what is cut off at the ends.
TEST(Weight, IntegersAreOffByHalfAStepOrCutOff) {
  for (const IntegerType& type : {kInt8, kInt4}) {
    for (const auto& [n_in, n_out] : kSizes) {
      for (const float scale : {1e-6f, 1e-3f, 1.0f, 1e5f}) {
        for_groups(random_matrix(n_in, n_out, 3, scale), type.type, [&](const Group& group) {
          EXPECT_LE(group.largest_error(),
                    plain_error(group.values, type) + scale_rounding(group, type));
          const double end = group.rounded.cwiseAbs().maxCoeff();
          for (Eigen::Index i = 0; i < group.values.size(); ++i) {
            if (std::abs(group.rounded[i]) > end * type.last_share) continue;
            EXPECT_LE(
                std::abs(group.values[i] - group.rounded[i]),
                end / type.least_end / 2 * (1 + 1e-6) + std::abs(type.divisor) * kSmallestRounding);
          }
        });
      }
    }
  }
}

// The squared error is 0.77 of the plain one for int8, 0.83 for int4.
TEST(Weight, IntegersAreNearerThanWithThePlainScale) {
  for (const IntegerType& type : {kInt8, kInt4}) {
    double found = 0, plain = 0;
    for_groups(random_matrix(512, 192, 5), type.type, [&](const Group& group) {
      const double plain_norm = plain_error(group.values, type);
      EXPECT_LE(std::sqrt(group.squared_error()), plain_norm + scale_rounding(group, type));
      found += group.squared_error();
      plain += plain_norm * plain_norm;
    });
    EXPECT_LT(found, 0.85 * plain) << weight_type_name(type.type);
  }
}

// Integers times a float16 already, as of a model that has been rounded before; and one number
// alone, which several scales hold as it is.
TEST(Weight, Int8LeavesItsOwnNumbersAsTheyAre) {
  Matrix values = random_matrix(64, 100, 13).unaryExpr([](float x) {
    return std::nearbyint(std::clamp(40 * x, -127.0f, 127.0f));
  });
  for (int row = 0; row < 64; row += kGroupRows) values.row(row).setConstant(127);
  values *= 0.125f;
  EXPECT_EQ(unpacked(PackedMatrix(values, WeightType::kInt8).weight()), values);
  Matrix alone = Matrix::Zero(kGroupRows, 1000);
  for (int j = 0; j < 1000; ++j) {
    alone(j % kGroupRows, j) = 127 * static_cast<float>(j + 1) / 1024;
  }
  EXPECT_EQ(unpacked(PackedMatrix(alone, WeightType::kInt8).weight()), alone);
}

TEST(Weight, BothOrdersGiveTheSameBytes) {
  for (const WeightType type : kWeightTypes) {
    for (const auto& [n_in, n_out] : kSizes) {
      const Matrix values = random_matrix(n_in, n_out, 6);
      const Matrix transposed = values.transpose();
      EXPECT_EQ(PackedMatrix(values, type).bytes(),
                PackedMatrix(transposed, type, MatrixOrder::kOutIn).bytes())
          << weight_type_name(type) << " " << n_in << " x " << n_out;
    }
  }
}

// In whole groups, at the end of the inputs, and at the end of the outputs.
TEST(Weight, NaNAndInfinityAreFoundWhereverTheyStand) {
  constexpr float kNone[] = {-std::numeric_limits<float>::max(), 0x1p-149f};
  constexpr float kBad[] = {std::numeric_limits<float>::quiet_NaN(), -NAN, INFINITY, -INFINITY};
  const auto is_finite = [](int row, int column, float value) {
    Matrix values = random_matrix(70, 130, 10);
    values(row, column) = value;
    const Matrix transposed = values.transpose();
    std::vector<bool> found;
    for (const WeightType type : {WeightType::kFloat32, WeightType::kInt8}) {
      PackedMatrix packed(type, 70, 130);
      found.push_back(pack(values.data(), MatrixOrder::kInOut, packed.weight()));
      found.push_back(pack(transposed.data(), MatrixOrder::kOutIn, packed.weight()));
    }
    return found;
  };
  for (const auto& [row, column] : {std::pair{0, 0}, {31, 63}, {37, 64}, {69, 5}, {3, 129}}) {
    for (const float value : kNone) {
      EXPECT_EQ(is_finite(row, column, value), std::vector<bool>(4, true)) << row << " " << column;
    }
    for (const float value : kBad) {
      EXPECT_EQ(is_finite(row, column, value), std::vector<bool>(4, false)) << row << " " << column;
    }
  }
}

TEST(Weight, PanelsMayBePackedInAnyPieces) {
  const Matrix values = random_matrix(70, 500, 7);  // 8 panels
  for (const WeightType type : kWeightTypes) {
    const PackedMatrix whole(values, type);
    for (const int n : {1, 3, 7, 8}) {
      PackedMatrix pieces(type, 70, 500);
      for (int first = n_panels(500) / n * n; first >= 0; first -= n) {  // from the end
        pack(values.data(), MatrixOrder::kInOut, pieces.weight(), first,
             std::min(n, n_panels(500) - first));
      }
      EXPECT_EQ(pieces.bytes(), whole.bytes()) << weight_type_name(type) << " by " << n;
    }
  }
}

TEST(Weight, AColumnsBitsDependOnThatColumnAlone) {
  const Matrix values = random_matrix(65, 130, 8);
  for (const WeightType type : kWeightTypes) {
    const Matrix together = unpacked(PackedMatrix(values, type).weight());
    for (const int j : {0, 63, 64, 129}) {
      EXPECT_EQ(unpacked(PackedMatrix(values.col(j), type).weight()), together.col(j));
    }
  }
}

TEST(Weight, ZerosStayZero) {
  for (const WeightType type : kWeightTypes) {
    Matrix values = random_matrix(64, 70, 9);
    values.col(3).setZero();
    values.topRows(32).col(69).setZero();
    const Matrix rounded = unpacked(PackedMatrix(values, type).weight());
    EXPECT_TRUE(rounded.col(3).isZero(0)) << weight_type_name(type);
    EXPECT_TRUE(rounded.topRows(32).col(69).isZero(0)) << weight_type_name(type);
    EXPECT_FALSE(rounded.bottomRows(32).col(69).isZero(0)) << weight_type_name(type);
  }
}

// A scale below float16's smallest number, 2^-24, becomes that number or zero.
TEST(Weight, TinyValuesAreNeverMadeMuchLarger) {
  for (const float scale : {1e-3f, 1e-5f, 1e-6f, 1e-7f, 1e-20f, 1e-40f}) {
    const Matrix values = random_matrix(40, 70, 10, scale);
    for_groups(values, WeightType::kInt8,
               [](const Group& group) { EXPECT_LE(group.largest_error(), group.largest()); });
    for_groups(values, WeightType::kInt4, [](const Group& group) {
      EXPECT_LE(group.largest_error(), group.largest() * 1.25);
    });
    for_groups(values, WeightType::kBFloat16, [](const Group& group) {
      EXPECT_LE(group.largest_error(), group.largest() * 0x1p-8 + 0x1p-134);
    });
  }
}

// The largest scale is 65504: what is beyond its steps becomes the last one.
TEST(Weight, HugeValuesStayFiniteAndKeepTheirSign) {
  const float max = std::numeric_limits<float>::max();
  const Matrix values = random_matrix(40, 70, 11, max);
  for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
    const float last = 65504.0f * (type == WeightType::kInt8 ? 127 : 8);
    const Matrix rounded = unpacked(PackedMatrix(values, type).weight());
    EXPECT_TRUE(rounded.allFinite());
    EXPECT_LE(rounded.cwiseAbs().maxCoeff(), last);
    EXPECT_GE(rounded.cwiseAbs().minCoeff(), 0.8f * last);
    EXPECT_TRUE((rounded.array() * values.array().sign() > 0).all()) << weight_type_name(type);
  }
  const Matrix largest = Matrix::Constant(1, 1, -max);
  EXPECT_EQ(unpacked(PackedMatrix(largest, WeightType::kBFloat16).weight())(0, 0), -0x1.fep127f);
}

TEST(Weight, HasTheSizeOfItsPanels) {
  EXPECT_EQ(panel_bytes(WeightType::kFloat32, 33), 33u * 64 * 4);
  EXPECT_EQ(panel_bytes(WeightType::kBFloat16, 33), 64u * 64 * 2);
  EXPECT_EQ(panel_bytes(WeightType::kInt8, 33), 2u * 64 * (2 + 32));
  EXPECT_EQ(panel_bytes(WeightType::kInt4, 33), 2u * 64 * (2 + 16));
  for (const WeightType type : kWeightTypes) {
    EXPECT_EQ(weight_bytes(type, 33, 64), panel_bytes(type, 33));
    EXPECT_EQ(weight_bytes(type, 33, 65), 2 * panel_bytes(type, 33));
    EXPECT_EQ(weight_bytes(type, 768, 50257), 786 * panel_bytes(type, 768));
  }
}

TEST(Weight, TheLargestSizesDoNotWrapAround) {
  constexpr int kMax = std::numeric_limits<int>::max();
  EXPECT_EQ(n_panels(kMax), 1 << 25);
  EXPECT_EQ(panel_bytes(WeightType::kBFloat16, kMax), size_t{1} << 38);
  EXPECT_EQ(weight_bytes(WeightType::kBFloat16, kMax, kMax), size_t{1} << 63);
  EXPECT_EQ(weight_bytes(WeightType::kFloat32, kMax, kMax), size_t{kMax} << 33);
}

}  // namespace
}  // namespace gpt2run
