// Rows as integers of 8 bits, and the kernels that take many of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/each_isa.h"
#include "support/panel_product.h"

namespace gpt2run {
namespace {

class RowOfBytes : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(RowOfBytes);

TEST_P(RowOfBytes, IsOffByHalfAStepOfItsGroupAtMost) {
  for (const float scale : {1.0f, 1e-20f, 1e30f}) {
    for (const int n : {1, 31, 32, 33, 64, 100, 768}) {
      const Matrix x = random_matrix(1, n, 4, scale);
      ASSERT_NO_FATAL_FAILURE(expect_off_by(0.5 + 1e-5, row_of_bytes(k, x), x, 127));
    }
  }
}

TEST_P(RowOfBytes, KnowsItsSumAndIsPaddedWithZeros) {
  const int n = 40;
  const Matrix x = random_matrix(1, n, 5);
  const Matrix numbers = row_of_bytes(k, x);
  ByteGroup groups[2];
  k.quantize_row_to_bytes(x.data(), n, groups);
  for (int g = 0; g < 2; ++g) {
    const int n_group = std::min(kGroupRows, n - g * kGroupRows);
    const double sum = numbers.middleCols(g * kGroupRows, n_group).cast<double>().sum();
    EXPECT_EQ(groups[g].sum, std::nearbyint(sum / groups[g].scale));
  }
  for (int quad = (n - kGroupRows) / 4; quad < 8; ++quad) EXPECT_EQ(groups[1].operand[quad], 0u);
}

TEST_P(RowOfBytes, IsZeroWhereNextToNothingIsAndNanWhereANumberIsNotFinite) {
  EXPECT_TRUE(row_of_bytes(k, random_matrix(1, 70, 6, 1e-35f)).isZero(0));
  for (const float bad : {std::numeric_limits<float>::infinity(), NAN}) {
    Matrix x = random_matrix(1, 70, 7);
    x(0, 69) = bad;
    EXPECT_TRUE(std::isnan(row_of_bytes(k, x)(0, 69)));
    EXPECT_TRUE(row_of_bytes(k, x).leftCols(64).allFinite());
  }
}

TEST_P(RowOfBytes, KeepsHugeNumbersFinite) {
  const Matrix x = Matrix::Constant(1, kGroupRows, -3e38f);
  EXPECT_NEAR(row_of_bytes(k, x)(0, 0) / x(0, 0), 1, 1e-6);
}

class RowsOfBytes : public testing::Test {
 protected:
  void SetUp() override {
    for (const Isa isa : isas_here()) {
      if (kernels_of(isa).multiply_many_int8 != nullptr) those_.push_back(&kernels_of(isa));
    }
    if (those_.empty()) GTEST_SKIP() << "this processor has no AVX512_VNNI";
  }

  std::vector<const Kernels*> those_;
};

// The integers' products are exact: a group's sum is rounded when it becomes a float, by each of
// two scales, and in the sum of all groups.
TEST_F(RowsOfBytes, EqualADoublePrecisionLoopOverWhatTheyWereRoundedTo) {
  for (const Kernels* const k : those_) {
    for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
      for (const int n_in : {1, 31, 32, 33, 768, 2304}) {
        const PackedMatrix w(random_matrix(n_in, kPanelCols, 1), type);
        const Matrix x = random_matrix(kTileRows, n_in, 2);
        Matrix rounded = x;
        for (int row = 0; row < kTileRows; ++row) rounded.row(row) = row_of_bytes(*k, x.row(row));
        const ExactProduct exact(rounded, unpacked(w.weight()));
        for (int n_rows = 1; n_rows <= kTileRows; ++n_rows) {
          for (const ColumnRange& range : column_ranges()) {
            const Matrix sums = panel_product_of_bytes(*k, x.topRows(n_rows), w, range);
            ASSERT_NO_FATAL_FAILURE(
                expect_panel(sums, exact, n_rows, range, n_input_groups(n_in) + 5))
                << weight_type_name(type) << " " << n_in << " inputs";
          }
        }
      }
    }
  }
}

TEST_F(RowsOfBytes, HaveTheSameBitsAloneAndWithOthers) {
  for (const Kernels* const k : those_) {
    for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
      const PackedMatrix w(random_matrix(100, kPanelCols, 8), type);
      const Matrix x = random_matrix(kTileRows, 100, 9);
      const Matrix together = panel_product_of_bytes(*k, x, w);
      for (int row = 0; row < kTileRows; ++row) {
        for (const ColumnRange& range : column_ranges()) {
          const Matrix alone = panel_product_of_bytes(*k, x.row(row), w, range);
          ASSERT_EQ(alone.row(0).segment(range.first, range.n),
                    together.row(row).segment(range.first, range.n))
              << weight_type_name(type) << " row " << row;
        }
      }
    }
  }
}

// The largest integers that there are: nothing overflows.
TEST_F(RowsOfBytes, AreExactAtTheirLimits) {
  for (const Kernels* const k : those_) {
    for (const float sign : {1.0f, -1.0f}) {
      for (const unsigned char item : {0x80, 0x81, 0x7f}) {  // Q8_0 has -128 as well
        std::vector<unsigned char> block(size_t{kQ8Bytes}, item);
        block[0] = 0;
        block[1] = 0x3c;  // a scale of 1
        const PackedMatrix w(WeightType::kInt8, kGroupRows, 1);
        pack_blocks(block.data(), w.weight());
        const Matrix x = Matrix::Constant(1, kGroupRows, sign * 127);
        const float expected = sign * 127 * 32 * static_cast<float>(static_cast<signed char>(item));
        EXPECT_NEAR(panel_product_of_bytes(*k, x, w)(0, 0), expected, 1e-6 * std::abs(expected));
      }
    }
  }
}

}  // namespace
}  // namespace gpt2run
