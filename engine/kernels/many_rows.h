#pragma once

namespace gpt2run {

// What multiplies many rows by a panel of float32 weights: own kernels or, by the build option
// GPT2RUN_MANY_ROWS, a library's sgemm.

// False: Kernels::multiply_f32 it is, for any number of rows.
bool has_many_rows_library();

// sums = x * panel on this thread. Requires: has_many_rows_library().
//   x      [n_rows, n_in]
//   panel  [n_in][64]
//   sums   [n_rows][64]
void multiply_many_rows(const float* x, int n_rows, const float* panel, int n_in, float* sums);

// For --version: "own kernels", "OpenBLAS 0.3.21", "oneDNN 2.6.3".
const char* many_rows_name();

}  // namespace gpt2run
