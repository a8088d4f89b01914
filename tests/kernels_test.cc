// Products of rows with one panel, by every instruction set, against double precision.

#include "engine/kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/half.h"
#include "support/each_isa.h"
#include "support/panel_product.h"

namespace gpt2run {
namespace {

constexpr int kInputs[] = {1, 3, 15, 31, 32, 33, 48, 768, 2304};
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class Multiply : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Multiply);

// A sum of n products is rounded n times, or 2 n times without a fused multiplication.
TEST_P(Multiply, Float32AndBFloat16EqualADoublePrecisionLoop) {
  for (const WeightType type : {WeightType::kFloat32, WeightType::kBFloat16}) {
    for (const int n_in : kInputs) {
      const PackedMatrix w(random_matrix(n_in, kPanelCols, 1), type);
      const Matrix x = random_matrix(kTileRows, n_in, 2);
      const ExactProduct exact(x, unpacked(w.weight()));
      for (int n_rows = 1; n_rows <= kTileRows; ++n_rows) {
        for (const ColumnRange& range : column_ranges()) {
          const Matrix sums = panel_product(k, x.topRows(n_rows), w, range);
          ASSERT_NO_FATAL_FAILURE(expect_panel(sums, exact, n_rows, range, 2 * n_in))
              << weight_type_name(type) << " " << n_in << " inputs";
        }
      }
    }
  }
}

// The integers' products are exact: a group's sum is rounded when it becomes a float, by each of
// two scales, and in the sum of all groups.
TEST_P(Multiply, Int8AndInt4EqualADoublePrecisionLoopOverTheRoundedRow) {
  for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
    for (const int n_in : kInputs) {
      const PackedMatrix w(random_matrix(n_in, kPanelCols, 1), type);
      const Matrix x = random_matrix(kTileRows, n_in, 2);
      Matrix rounded = x;
      for (int row = 0; row < kTileRows; ++row) {
        rounded.row(row) =
            type == WeightType::kInt8 ? quantized_row(k, x.row(row)) : row_of_bytes(k, x.row(row));
      }
      const ExactProduct exact(rounded, unpacked(w.weight()));
      const int n_groups = (n_in + kGroupRows - 1) / kGroupRows;
      for (int n_rows = 1; n_rows <= kTileRows; ++n_rows) {
        for (const ColumnRange& range : column_ranges()) {
          const Matrix sums = panel_product(k, x.topRows(n_rows), w, range);
          ASSERT_NO_FATAL_FAILURE(expect_panel(sums, exact, n_rows, range, n_groups + 5))
              << weight_type_name(type) << " " << n_in << " inputs";
        }
      }
    }
  }
}

// The largest integers that there are: nothing overflows.
TEST_P(Multiply, IntegersAtTheirLimitsAreExact) {
  for (const float sign : {1.0f, -1.0f}) {
    const Matrix x = Matrix::Constant(1, 64, sign);
    for (const unsigned char item : {0x80, 0x81, 0x7f}) {  // Q8_0 has -128 as well
      std::vector<unsigned char> blocks(size_t{2} * kQ8Bytes, item);
      for (const size_t block : {0, kQ8Bytes}) {
        blocks[block] = 0;
        blocks[block + 1] = 0x3c;  // a scale of 1
      }
      const PackedMatrix w(WeightType::kInt8, 64, 1);
      pack_blocks(blocks.data(), w.weight());
      const float expected = sign * 64 * static_cast<float>(static_cast<signed char>(item));
      EXPECT_NEAR(panel_product(k, x, w)(0, 0), expected, 1e-6 * 64 * 128);
    }
    for (const unsigned char items : {0x00, 0xff}) {  // -8, 7
      std::vector<unsigned char> blocks(size_t{2} * kQ4Bytes, items);
      for (const size_t block : {0, kQ4Bytes}) {
        blocks[block] = 0;
        blocks[block + 1] = 0x3c;
      }
      const PackedMatrix w(WeightType::kInt4, 64, 1);
      pack_blocks(blocks.data(), w.weight());
      const float expected = sign * 64 * (items == 0 ? -8.0f : 7.0f);
      EXPECT_NEAR(panel_product(k, x, w)(0, 0), expected, 1e-6 * 64 * 8);
    }
  }
}

// A panel as attention has them, with sums that go on from what stands there.
TEST_P(Multiply, Float32TakesAnyStrideAndAddsToSums) {
  for (const auto& [width, stride] : {std::pair{16, 16}, {32, 32}, {48, 48}, {64, 64}, {48, 100}}) {
    for (const int n_in : {1, 3, 33, 64}) {
      Matrix panel = Matrix::Constant(n_in, stride, kNan);
      panel.leftCols(width) = random_matrix(n_in, width, 3);
      const Matrix x = random_matrix(kTileRows, n_in + 7, 4), start = random_matrix(6, 80, 5);
      for (int n_rows = 1; n_rows <= kTileRows; ++n_rows) {
        Matrix sums = start;
        k.multiply_f32({.x = x.data(),
                        .x_stride = x.cols(),
                        .n_rows = n_rows,
                        .panel = reinterpret_cast<const std::byte*>(panel.data()),
                        .panel_stride = stride,
                        .n_in = n_in,
                        .first_col = 0,
                        .n_cols = width,
                        .sums = sums.data(),
                        .sums_stride = 80,
                        .add_to_sums = true});
        ExactProduct exact(x.leftCols(n_in), panel.leftCols(width));
        for (int r = 0; r < kTileRows; ++r) {
          for (int c = 0; c < 80; ++c) {
            if (r >= n_rows || c >= width) {
              ASSERT_EQ(sums(r, c), start(r, c));
              continue;
            }
            const double magnitude = std::abs(start(r, c)) + exact.magnitudes(r, c);
            ASSERT_NEAR(sums(r, c), start(r, c) + exact.sums(r, c), n_in * 0x1p-23 * magnitude);
          }
        }
      }
    }
  }
}

// Cut in two pieces, a sum has the same bits: attention's over blocks of keys.
TEST_P(Multiply, Float32SumsGoOnWithTheSameBits) {
  const PackedMatrix w(random_matrix(100, kPanelCols, 6));
  const Matrix x = random_matrix(kTileRows, 100, 7);
  const Matrix whole = panel_product(k, x, w);
  PanelJob<float> job = {.x = x.data(),
                         .x_stride = 100,
                         .n_rows = kTileRows,
                         .panel = w.bytes().data(),
                         .panel_stride = kPanelCols,
                         .n_in = 37,
                         .first_col = 0,
                         .n_cols = kPanelCols,
                         .add_to_sums = false};
  Matrix sums(kTileRows, kPanelCols);
  job.sums = sums.data();
  job.sums_stride = kPanelCols;
  k.multiply_f32(job);
  job.x += 37;
  job.panel += 37 * kPanelCols * sizeof(float);
  job.n_in = 100 - 37;
  job.add_to_sums = true;
  k.multiply_f32(job);
  EXPECT_EQ(sums, whole.leftCols(kPanelCols));
}

TEST_P(Multiply, ARowHasTheSameBitsAloneAndInAnyColumnRange) {
  for (const WeightType type : kWeightTypes) {
    for (const int n_in : {33, 768}) {
      const PackedMatrix w(random_matrix(n_in, kPanelCols, 8), type);
      const Matrix x = random_matrix(kTileRows, n_in, 9);
      const Matrix together = panel_product(k, x, w);
      for (int row = 0; row < kTileRows; ++row) {
        for (const ColumnRange& range : column_ranges()) {
          const Matrix alone = panel_product(k, x.row(row), w, range);
          ASSERT_EQ(alone.row(0).segment(range.first, range.n),
                    together.row(row).segment(range.first, range.n))
              << weight_type_name(type) << " row " << row;
        }
      }
    }
  }
}

TEST(MultiplyBits, AreTheSameFromAVX2On) {
  if (best_isa() <= Isa::kAvx2) GTEST_SKIP() << "this processor has nothing above AVX2";
  for (const WeightType type : kWeightTypes) {
    for (const int n_in : kInputs) {
      const PackedMatrix w(random_matrix(n_in, kPanelCols, 10), type);
      const Matrix x = random_matrix(kTileRows, n_in, 11);
      const Matrix sums = panel_product(kernels_of(Isa::kAvx2), x, w);
      for (const Isa isa : isas_here()) {
        if (isa <= Isa::kAvx2) continue;
        EXPECT_EQ(panel_product(kernels_of(isa), x, w), sums)
            << isa_name(isa) << " " << weight_type_name(type) << " " << n_in << " inputs";
      }
    }
  }
}

TEST_P(Multiply, NanInARowMakesThatRowsSumsNan) {
  for (const WeightType type : kWeightTypes) {
    const PackedMatrix w(random_matrix(70, kPanelCols, 12), type);
    for (const float bad : {kNan, std::numeric_limits<float>::infinity()}) {
      Matrix x = random_matrix(3, 70, 13);
      x(1, 69) = bad;
      const Matrix sums = panel_product(k, x, w).topLeftCorner(3, kPanelCols);
      EXPECT_TRUE(sums.row(0).allFinite()) << weight_type_name(type);
      EXPECT_TRUE((sums.row(1).array().isFinite() == false).all()) << weight_type_name(type);
      EXPECT_TRUE(sums.row(2).allFinite()) << weight_type_name(type);
    }
  }
}

}  // namespace
}  // namespace gpt2run
