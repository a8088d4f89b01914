#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/half.h"
#include "support/each_isa.h"
#include "support/panel_product.h"

namespace gpt2run {
namespace {

class QuantizeRow : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(QuantizeRow);

// A group's largest magnitude becomes 127 * 256 steps; a step is rounded, and so is its inverse.
TEST_P(QuantizeRow, IsOffByHalfAStepOfItsGroupAtMost) {
  for (const float scale : {1.0f, 1e-20f, 1e30f}) {
    for (const int n : {1, 31, 32, 33, 64, 100, 768}) {
      const Matrix x = random_matrix(1, n, 1, scale);
      ASSERT_NO_FATAL_FAILURE(expect_off_by(0.5 + 0.01, quantized_row(k, x), x, 127 * 256));
    }
  }
}

TEST_P(QuantizeRow, SumsItsIntegers) {
  const int n = 100, n_groups = 4;
  const Matrix x = random_matrix(1, n, 2), numbers = quantized_row(k, x);
  QuantizedGroup groups[n_groups];
  k.quantize_row(x.data(), n, groups);
  for (int g = 0; g < n_groups; ++g) {
    double sum = 0;
    for (int i = g * kGroupRows; i < std::min((g + 1) * kGroupRows, n); ++i) {
      sum += std::nearbyint(numbers(0, i) / groups[g].scale);
    }
    EXPECT_EQ(groups[g].sum, sum);
  }
}

// Of a row of zeros, or of one so small that a step has no digits left, nothing is left.
TEST_P(QuantizeRow, TakesZerosAndWhatIsNextToNothingForZero) {
  for (const float scale : {0.0f, 1e-35f, 1e-44f}) {
    EXPECT_TRUE(quantized_row(k, random_matrix(1, 70, 3, scale)).isZero(0)) << scale;
  }
}

TEST_P(QuantizeRow, KeepsHugeNumbersFinite) {
  const Matrix x = Matrix::Constant(1, 32, -3e38f);
  EXPECT_NEAR(quantized_row(k, x)(0, 0) / x(0, 0), 1, 1e-6);
}

}  // namespace
}  // namespace gpt2run
