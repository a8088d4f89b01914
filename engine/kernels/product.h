#pragma once

#include <cstddef>

#include "engine/kernels/kernels.h"
#include "engine/weight.h"

namespace gpt2run {

// A product with a packed weight, and what is done with its sums before they leave the cache.
struct Product {
  const float* x = nullptr;             // [n_rows, n_in], or null:
  const ByteGroup* x_groups = nullptr;  // [n_rows][ceil(n_in / 32)]; where takes_bytes()
  int n_rows = 0;
  Weight w;                         // [n_in, n_out]
  const float* bias = nullptr;      // [n_out], or null
  bool gelu_tanh = false;           // of sums + bias
  const float* residual = nullptr;  // [n_rows, n_out], added last, or null
  float* out = nullptr;             // [n_rows, n_out], or null:
  ByteGroup* out_groups = nullptr;  // [n_rows][ceil(n_out / 32)], for a product that takes bytes
};

// Up to so many rows, a row's bits are the same whatever rows are computed with it. With float32
// weights they are so for any number of rows, but not where a library multiplies (many_rows.h), or
// Kernels::three_terms (from kTermRows on). The number of threads never changes a bit.
inline constexpr int kFewRows = 16;

// From so many rows on, float32 numbers are multiplied by Kernels::three_terms, where there is one
// and no library: splitting weights, keys and values into terms would take longer than fewer rows
// save. Of fewer, tiles of rows take turns at each panel.
inline constexpr int kTermRows = 73;

// Whether a product of so many rows by weights of that type takes x as ByteGroup, as another
// product may leave it: many rows, where Kernels::multiply_many_int8 is.
bool takes_bytes(int n_rows, WeightType type);

// out = gelu(x * w + bias) + residual.
// Few rows: weights are read once, each number turned into float32 in registers; or, for kInt8 and
// kInt4, x into integers of 16 and 8 bits. Many rows by kInt8 and kInt4: x becomes integers of 8
// bits where Kernels::multiply_many_int8 is. Other types but float32: x and w are rounded to
// bfloat16 where the processor multiplies such numbers, or else w is turned into float32 panel by
// panel. Many rows by float32 weights: by a library where the build has one; or else kTermRows and
// more with Kernels::three_terms where that is, and others in tiles of rows that take turns at each
// panel.
// Threads: n_threads(), see base/threads.h.
void multiply(const Product& product);

}  // namespace gpt2run
