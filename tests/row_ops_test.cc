#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/each_isa.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
constexpr double kSmallestNormal = std::numeric_limits<float>::min();
constexpr double kLowestExp = 1.7e-38;  // exp(-87), rounded up
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class ExpRow : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(ExpRow);

// From 0, the largest, down to below -87, where exp ends.
TEST_P(ExpRow, IsWithinTwoUnitsInTheLastPlace) {
  const int n = 16 * 1024;
  std::vector<float> x(n);
  for (int i = 0; i < n; ++i) x[i] = -110.0f * static_cast<float>(i) / n;
  std::vector<float> e = x;
  k.exp_row(e.data(), n, n, 1);
  for (int i = 0; i < n; ++i) {
    const double expected = std::exp(static_cast<double>(x[i]));
    ASSERT_NEAR(e[i], expected, 2 * kEpsilon * expected + kLowestExp) << x[i];
  }
  EXPECT_EQ(e.front(), 1);
}

// scale * x is rounded, and so is its distance from the largest.
TEST_P(ExpRow, ScalesSubtractsTheLargestAndSums) {
  for (const int n : {1, 2, 15, 16, 17, 63, 64, 65, 1000}) {
    for (const auto& [spread, offset] : {std::pair{3.0f, 0.0f}, {80.0f, 1e4f}, {3.0f, -1e4f}}) {
      const int n_padded = (n + 63) / 64 * 64;
      std::vector<float> x = random_numbers(static_cast<size_t>(n), 1, spread);
      for (float& v : x) v += offset;
      std::vector<float> e = x;
      e.resize(static_cast<size_t>(n_padded), kNan);  // not read
      const float scale = 0.125f, sum = k.exp_row(e.data(), n, n_padded, scale);
      const double largest = scale * *std::max_element(x.begin(), x.end());
      double expected_sum = 0;
      for (int i = 0; i < n; ++i) {
        const double expected = std::exp(scale * static_cast<double>(x[i]) - largest);
        ASSERT_NEAR(e[i], expected, expected * kEpsilon * (3 + std::abs(largest) + spread));
        expected_sum += e[i];
      }
      for (int i = n; i < n_padded; ++i) ASSERT_EQ(e[i], 0);
      EXPECT_NEAR(sum, expected_sum, expected_sum * kEpsilon * (n / 16.0 + 4));
    }
  }
}

TEST_P(ExpRow, MinusInfinityIsNextToNothingAndNanStaysNan) {
  std::vector<float> x(64, -kInfinity);
  x[5] = 2;
  x[9] = -3e38f;
  EXPECT_EQ(k.exp_row(x.data(), 20, 64, 1), 1);
  for (int i = 0; i < 20; ++i) EXPECT_NEAR(x[i], i == 5 ? 1 : 0, kLowestExp);
  for (int i = 20; i < 64; ++i) EXPECT_EQ(x[i], 0);
  x.assign(64, 1);
  x[17] = kNan;
  EXPECT_TRUE(std::isnan(k.exp_row(x.data(), 64, 64, 1)));
  EXPECT_TRUE(std::isnan(x[17]));
}

// A row of sums, finished with GELU alone.
void apply_gelu(const Kernels& k, float* x, int n) {
  k.finish({.sums = x,
            .sums_stride = n,
            .n_rows = 1,
            .n_cols = n,
            .gelu_tanh = true,
            .out = x,
            .out_stride = n});
}

class GeluRow : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(GeluRow);

double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

TEST_P(GeluRow, EqualsItsFormulaOverAWideRange) {
  std::vector<float> x;
  for (float v = 1e-38f; v < 1e38f; v *= 1.01f) {
    x.push_back(v);
    x.push_back(-v);
  }
  for (int i = -1000; i <= 1000; ++i) x.push_back(static_cast<float>(i) * 0.01f);
  std::vector<float> y = x;
  apply_gelu(k, y.data(), static_cast<int>(y.size()));
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(y[i], gelu_tanh(x[i]), 8 * kEpsilon * std::abs(x[i]) + kSmallestNormal) << x[i];
  }
}

TEST_P(GeluRow, TakesAnyLength) {
  for (int n = 1; n <= 40; ++n) {
    const std::vector<float> x = random_numbers(static_cast<size_t>(n), 2, 4);
    std::vector<float> y = x;
    apply_gelu(k, y.data(), n);
    for (size_t i = 0; i < x.size(); ++i) {
      float alone = x[i];
      apply_gelu(k, &alone, 1);
      ASSERT_EQ(y[i], alone);
      ASSERT_NEAR(y[i], gelu_tanh(x[i]), 8 * kEpsilon * std::abs(x[i]));
    }
  }
}

TEST_P(GeluRow, InfinityStaysAndNanStaysNan) {
  float x[3] = {kInfinity, kNan, 0};
  apply_gelu(k, x, 3);
  EXPECT_EQ(x[0], kInfinity);
  EXPECT_TRUE(std::isnan(x[1]));
  EXPECT_EQ(x[2], 0);
}

class LayerNormRow : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(LayerNormRow);

// Sums are in 16 parts, n / 16 roundings each. What they cost stands beside the distances from the
// mean; the mean itself is rounded once.
TEST_P(LayerNormRow, EqualsADoublePrecisionLoop) {
  for (const int n : {1, 2, 15, 16, 17, 48, 100, 768, 1600}) {
    for (const auto& [spread, offset] :
         {std::pair{1.0f, 0.0f}, {1.0f, 1000.0f}, {1e-6f, 0.0f}, {1e15f, 0.0f}}) {
      std::vector<float> x = random_numbers(static_cast<size_t>(n), 3, spread);
      for (float& v : x) v += offset;
      const std::vector<float> g = random_numbers(x.size(), 4), b = random_numbers(x.size(), 5);
      std::vector<float> out(x.size());
      const float epsilon = 1e-5f;
      k.layer_norm_row(x.data(), n, g.data(), b.data(), epsilon, out.data());
      double mean = 0, variance = 0, farthest = 0, largest = 0;
      for (const float v : x) mean += v / static_cast<double>(n);
      for (const float v : x) variance += (v - mean) * (v - mean) / n;
      for (const float v : x) farthest = std::max(farthest, std::abs(v - mean));
      for (const float v : x) largest = std::max(largest, std::abs(static_cast<double>(v)));
      const double factor = 1 / std::sqrt(variance + epsilon);
      const double rounding = kEpsilon * factor * ((n / 16.0 + 8) * farthest + 2 * largest);
      for (size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(out[i], (x[i] - mean) * factor * g[i] + b[i],
                    rounding * std::abs(g[i]) + kEpsilon * std::abs(b[i]))
            << n << " numbers around " << offset;
      }
    }
  }
}

TEST_P(LayerNormRow, NanStaysNan) {
  std::vector<float> x(20, 1), g(20, 1), b(20, 0), out(20);
  x[19] = kNan;
  k.layer_norm_row(x.data(), 20, g.data(), b.data(), 1e-5f, out.data());
  for (const float v : out) EXPECT_TRUE(std::isnan(v));
}

class Finish : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Finish);

TEST_P(Finish, AddsBiasThenResidualWithGeluBetweenThem) {
  constexpr int kRows = 3, kStride = 70;
  const Matrix sums = random_matrix(kRows, kPanelCols, 6), bias = random_matrix(1, kPanelCols, 7),
               residual = random_matrix(kRows, kStride, 8);
  for (int n = 1; n <= kPanelCols; ++n) {
    for (int with = 0; with < 8; ++with) {
      const bool has_bias = with & 1, has_residual = with & 2, has_gelu = with & 4;
      Matrix out = Matrix::Constant(kRows, kStride, kInfinity);
      k.finish({.sums = sums.data(),
                .sums_stride = kPanelCols,
                .n_rows = kRows,
                .n_cols = n,
                .bias = has_bias ? bias.data() : nullptr,
                .gelu_tanh = has_gelu,
                .residual = has_residual ? residual.data() : nullptr,
                .out = out.data(),
                .out_stride = kStride});
      for (int row = 0; row < kRows; ++row) {
        for (int i = 0; i < n; ++i) {
          float expected = sums(row, i);
          if (has_bias) expected += bias(0, i);
          if (has_gelu) apply_gelu(k, &expected, 1);
          if (has_residual) expected += residual(row, i);
          ASSERT_EQ(out(row, i), expected) << row << ", " << i << " of " << n;
        }
      }
      ASSERT_TRUE((out.rightCols(kStride - n).array() == kInfinity).all());
    }
  }
}

TEST(RowOpsBits, AreTheSameFromAVX2On) {
  if (best_isa() <= Isa::kAvx2) GTEST_SKIP() << "this processor has nothing above AVX2";
  const std::vector<float> g = random_numbers(100, 9), b = random_numbers(100, 10);
  const auto results = [&](const Kernels& k) {
    std::vector<float> x = random_numbers(100, 11, 5), normal(100), e = x;
    k.layer_norm_row(x.data(), 100, g.data(), b.data(), 1e-5f, normal.data());
    e.resize(128);
    normal.push_back(k.exp_row(e.data(), 100, 128, 0.3f));
    apply_gelu(k, x.data(), 100);
    x.insert(x.end(), normal.begin(), normal.end());
    x.insert(x.end(), e.begin(), e.end());
    return x;
  };
  const std::vector<float> expected = results(kernels_of(Isa::kAvx2));
  for (const Isa isa : isas_here()) {
    if (isa <= Isa::kAvx2) continue;
    EXPECT_EQ(results(kernels_of(isa)), expected) << isa_name(isa);
  }
}

}  // namespace
}  // namespace gpt2run
