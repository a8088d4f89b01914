#pragma once

#include "engine/kernels/kernels.h"
#include "engine/tensor.h"
#include "support/matrices.h"

namespace gpt2run {

// Columns of a panel.
struct ColumnRange {
  int first = 0, n = kPanelCols;
};

// Every one that a kernel may be called for.
std::vector<ColumnRange> column_ranges();

// Rows by one panel, with the kernel that the weight's type has for few rows. What the kernel must
// not read is NaN, where that can be; what it must not write is kUntouched afterwards.
//   x        [n_rows, n_in], at most kTileRows
//   returns  [kTileRows, kSumsCols]
inline constexpr float kUntouched = 12345;
inline constexpr int kSumsCols = kPanelCols + 8;
Matrix panel_product(const Kernels& kernels, const Matrix& x, const PackedMatrix& w,
                     const ColumnRange& range = {});

// What quantize_row, or quantize_row_to_bytes, makes of a row, as numbers again.
//   x, returns  [1, n]
Matrix quantized_row(const Kernels& kernels, const Matrix& x);
Matrix row_of_bytes(const Kernels& kernels, const Matrix& x);
// Expects that each number of a rounded row is off by so many steps at most, of which the largest
// magnitude of its group has n_steps.
void expect_off_by(double most, const Matrix& rounded, const Matrix& x, int n_steps);

// The product for many rows of a quantized type: with Kernels::multiply_many_int8 or _int4.
// Requires: those are not null.
Matrix panel_product_of_bytes(const Kernels& kernels, const Matrix& x, const PackedMatrix& w,
                              const ColumnRange& range = {});

// A product in double precision, and the sum of the magnitudes of what is added up.
struct ExactProduct {
  ExactProduct(const Matrix& x, const Matrix& w);
  Eigen::MatrixXd sums, magnitudes;
};

// Expects that rows of the result are the exact ones, off by so many roundings of the magnitudes at
// most, and everything outside of the range untouched.
void expect_panel(const Matrix& found, const ExactProduct& exact, int n_rows,
                  const ColumnRange& range, double n_roundings);

}  // namespace gpt2run
