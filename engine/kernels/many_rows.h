#pragma once

namespace gpt2run {

// What multiplies many rows by a panel of float32 weights: own kernels or, by the build option
// GPT2RUN_MANY_ROWS, a library's sgemm.

// sums = x * panel on this thread.
//   x      [n_rows, n_in]
//   panel  [n_in][64]
//   sums   [n_rows][64]
using MultiplyManyRows = void (*)(const float* x, int n_rows, const float* panel, int n_in,
                                  float* sums);

// The library's, which computes with one thread from then on, in the whole process or on each of
// our threads and the caller's. Or null: own kernels it is, for any number of rows.
MultiplyManyRows many_rows_library();

// For --version: "own kernels", "OpenBLAS 0.3.21", "oneDNN 2.6.3".
const char* many_rows_name();

}  // namespace gpt2run
