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

// out = gelu(x * w + bias) + residual. How, by rows, type and what this processor's Kernels have:
//   up to kFewRows    floats      weights become float32 in registers    product_few.cc
//                     integers    x becomes integers: 16 bits beside kInt8, 8 beside kInt4
//   more, kFloat32    by a library, where the build has one              product_many.cc
//                     up to kTermRows - 1: tiles of rows take turns at each panel,
//                                                                        product_turns.cc
//                     more, with three_terms                             product_split.cc
//                     more, without: blocks of rows by whole panels      product_many.cc
//   more, integers    with multiply_many_int8: x becomes integers of 8 bits   product_many.cc
//   more, not kFloat32 and not that: x and w are rounded to bfloat16 where one_term is, or else
//                     w becomes float32 panel by panel                   product_many.cc
// Requires: one of x and x_groups, one of out and out_groups; no residual with out_groups.
// Errors: std::bad_alloc. Threads: n_threads(), see base/threads.h.
void multiply(const Product& product);

}  // namespace gpt2run
