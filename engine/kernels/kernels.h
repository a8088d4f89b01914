#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/kernels/cache_type.h"
#include "engine/kernels/isa.h"
#include "engine/weight.h"

namespace gpt2run {

// Rows that a kernel multiplies at once at most. Each sum has one order, from the first input to
// the last, whatever the rows beside it.
inline constexpr int kTileRows = 6;
// Columns come in units of this: a kernel is called for a multiple of it inside one panel.
inline constexpr int kColumnUnit = 16;
inline int in_column_units(int n_cols) {
  return (n_cols + kColumnUnit - 1) / kColumnUnit * kColumnUnit;
}

// Rows that a kernel for many rows takes at once, Kernels::many_rows, at most.
inline constexpr int kMostManyRows = 32;

// Terms of bfloat16 that a float32 number is split into.
inline constexpr int kTerms = 3;

// 32 inputs of one row, rounded to integers q of 16 bits: x = scale * q.
struct QuantizedGroup {
  // So many steps is the group's largest number: their upper byte, rounded by the lower one, is
  // 127.
  static constexpr float kLargestSteps = 127 * 256;

  float scale;
  int32_t sum;           // of q
  uint32_t operand[16];  // q, as the instruction set's multiplication wants it
};

// The same with integers of 8 bits, from -127 to 127, for many rows and for int4: half the
// multiplications.
struct ByteGroup {
  // More are rounded to 127 as well, but then the largest number is always too small: with 127.49
  // the divergence of a model's predictions was 5 % larger.
  static constexpr float kLargestSteps = 127;

  float scale;
  int32_t sum;          // of q
  uint32_t operand[8];  // q, four inputs each
};

// What is fetched into the second cache while a kernel multiplies: a little at each step, for a
// thread can ask for a few dozen lines at once and then waits. A step is an input of one tile; for
// AMX kStepSize rows, inputs and columns.
struct Prefetch {
  const std::byte* from = nullptr;
  int n_step_bytes = 0;  // a multiple of 64

  void advance(int64_t n_steps) {
    if (from != nullptr) from += n_steps * n_step_bytes;
  }
};
inline constexpr int kStepSize = 32;

// Rows of activations beside one panel of a weight. Owns nothing.
template <class X>
struct PanelJob {
  const X* x;              // [n_rows] rows, x_stride apart
  ptrdiff_t x_stride;      // items
  int n_rows;              // at least 1
  const std::byte* panel;  // of the kernel's type
  ptrdiff_t panel_stride;  // float32, float16: numbers between an input and the next
  int n_in;                // inputs; for quantized types: groups
  int first_col, n_cols;   // in the panel; multiples of kColumnUnit
  float* sums;             // [n_rows] rows; columns first_col ... are written
  ptrdiff_t sums_stride;   // numbers
  bool add_to_sums;        // multiply_f32, _f16, TermKernels: sums go on from what is there
  bool is_cached = false;  // float32 only: the panel is in a cache, nothing is fetched ahead
  Prefetch prefetch = {};  // float32, instead of what is ahead, and AMX
};

// Up to Kernels::many_rows rows as tiles of bfloat16 numbers, n_terms for each 32 inputs. Zeros
// stand behind the last input; what stands in rows behind the last one stays.
//   x    [n_rows] rows of n_in inputs, x_stride apart
//   out  tiles [ceil(n_in / 32)][n_terms][many_rows][32]
using RowsToTiles = void (*)(const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                             uint16_t* out);

// Products of many rows where each float32 number, of a row and of a panel, is one bfloat16 number
// or several that add up to it (split_terms.h).
struct TermKernels {
  int n_terms;

  // sums = x * panel for whole groups of 32 inputs, and whole panels: n_cols may be less, but all
  // sums may be written, also those of a last tile of rows, for which x has memory as well.
  //   x      tiles, each n_terms * many_rows * x_stride behind the one before
  //   panel  as convert_panel gives it; of one term also a panel of kBFloat16
  void (*multiply)(const PanelJob<uint16_t>& job);
  RowsToTiles convert_rows;
  //   panel  [n_in][n_cols], n_cols a multiple of kColumnUnit
  //   out    [ceil(n_in / 32)][n_terms][16][64][2]: two inputs side by side, with zeros where there
  //          are no inputs or columns
  void (*convert_panel)(const float* panel, int n_in, int n_cols, uint32_t* out);
};

// A block of sums: out = gelu(sums + bias) + residual. out may be sums. Owns nothing.
struct FinishJob {
  const float* sums;      // [n_rows] rows, sums_stride apart
  ptrdiff_t sums_stride;  // numbers
  int n_rows, n_cols;
  const float* bias = nullptr;      // [n_cols], or null
  bool gelu_tanh = false;           // or nothing instead of it
  const float* residual = nullptr;  // as out, or null
  float* out = nullptr;             // [n_rows] rows, out_stride apart
  ptrdiff_t out_stride = 0;         // numbers
};

// What one instruction set computes with. Every member has a plain loop in the tests beside it.
struct Kernels {
  Isa isa;

  // sums = x * panel: float32 rows; float32, float16, bfloat16 panels.
  void (*multiply_f32)(const PanelJob<float>& job);
  void (*multiply_f16)(const PanelJob<float>& job);
  void (*multiply_bf16)(const PanelJob<float>& job);
  // The one for panels of that type. Requires: is_float(type).
  auto multiply_float(WeightType type) const {
    return type == WeightType::kFloat32 ? multiply_f32 : multiply_bf16;
  }

  // The one for a cache's panels.
  auto multiply_cached(CacheType type) const {
    return type == CacheType::kFloat32 ? multiply_f32 : multiply_f16;
  }

  // To the nearest float16, what is too large to the largest; Inf and NaN stay. And back.
  void (*to_halves)(const float* x, int n, uint16_t* out);
  void (*from_halves)(const uint16_t* x, int n, float* out);

  // sums = x * panel for rows of integers, whose products are exact. int4's own rounding is coarser
  // than that of bytes.
  void (*multiply_int8)(const PanelJob<QuantizedGroup>& job);
  void (*multiply_int4)(const PanelJob<ByteGroup>& job);
  // The same for many rows; both are null where bfloat16 or float32 is faster.
  void (*multiply_many_int8)(const PanelJob<ByteGroup>& job);
  void (*multiply_many_int4)(const PanelJob<ByteGroup>& job);
  //   x    [n]; Inf or NaN makes every sum NaN
  //   out  [ceil(n / 32)]
  void (*quantize_row)(const float* x, int n, QuantizedGroup* out);
  void (*quantize_row_to_bytes)(const float* x, int n, ByteGroup* out);

  // For many rows; many_rows at once, at most kMostManyRows; 0 where there are no such kernels.
  int many_rows;
  // Numbers rounded to bfloat16; its members are null where the processor does not multiply such.
  TermKernels one_term;
  // Each number as kTerms bfloat16 ones, with as small an error as float32's own sums of products;
  // its members are null where that is not faster.
  TermKernels three_terms;

  // A panel of another type as float32 [n_in rounded up to 32][64], or as a bfloat16 panel.
  void (*widen_panel)(WeightType type, const std::byte* panel, int n_groups, float* out);
  void (*round_panel)(WeightType type, const std::byte* panel, int n_groups, uint32_t* out);

  void (*finish)(const FinishJob& job);

  // (x - mean) / sqrt(variance + epsilon) * g + b over [n]
  void (*layer_norm_row)(const float* x, int n, const float* g, const float* b, float epsilon,
                         float* out);

  // x[i] = exp(scale * (x[i] - max of them)) over [0, n), 0 from n to n_padded; returns their sum.
  // Requires: scale > 0.
  float (*exp_row)(float* x, int n, int n_padded, float scale);
};

// Those of chosen_isa(), or, in tests, of another.
// Errors: kernels(), when it is first called, what chosen_isa() throws; so programs and
// Model::load() ask that before they load anything.
const Kernels& kernels();
const Kernels& kernels_of(Isa isa);

// n numbers of a cache's panel as float32: where they are, or put into memory.
// Errors: std::bad_alloc.
const float* cached_floats(CacheType type, const std::byte* panel, int n,
                           std::vector<float>& memory);

// For tests and benchmarks: computes with that one from now on. Requires: isa <= best_isa().
void use_isa(Isa isa);

}  // namespace gpt2run
