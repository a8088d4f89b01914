#pragma once

#include "engine/kernels/halves.h"
#include "engine/kernels/multiply_bf16.h"
#include "engine/kernels/multiply_f32.h"
#include "engine/kernels/multiply_int.h"
#include "engine/kernels/quantize_row.h"
#include "engine/kernels/row_ops.h"
#include "engine/kernels/widen_panel.h"

namespace gpt2run {

template <class Isa, class Tile, class X>
void run_tiles(const PanelJob<X>& job) {
  for_tiles<Isa, Tile>(job);
}

// The kernels of one instruction set, from the templates. Those with instructions of their own for
// many rows add theirs.
//   Int4Isa  the same, with a Dot for int4's weights by rows of ByteGroup
template <class Isa, class Int4Isa>
Kernels make_kernels(gpt2run::Isa isa) {
  using enum PrefetchKind;
  Kernels k = {};
  k.isa = isa;
  k.multiply_f32 = [](const PanelJob<float>& job) {
    if (job.prefetch.from != nullptr) {
      for_tiles<Isa, Float32Tile<Isa, kOther>>(job);
    } else if (job.is_cached || !uses_prefetch()) {
      for_tiles<Isa, Float32Tile<Isa, kNothing>>(job);
    } else {
      for_tiles<Isa, Float32Tile<Isa, kAhead>>(job);
    }
  };
  // Attention's alone. A head's panels are short and stand apart, and in each the processor would
  // have to see anew that it is read from end to end: so one row, for which they come from memory,
  // asks for lines ahead on every processor.
  k.multiply_f16 = [](const PanelJob<float>& job) {
    if (job.n_rows == 1) {
      for_tiles<Isa, Float32Tile<Isa, kAhead, uint16_t>>(job);
    } else {
      for_tiles<Isa, Float32Tile<Isa, kNothing, uint16_t>>(job);
    }
  };
  k.to_halves = [](const float* x, int n, uint16_t* out) { narrow_row<Isa>(x, n, out); };
  k.from_halves = [](const uint16_t* x, int n, float* out) { widen_row<Isa>(x, n, out); };
  const bool asks = uses_prefetch();
  k.multiply_bf16 = asks ? run_tiles<Isa, BFloat16Tile<Isa, kAhead>, float>
                         : run_tiles<Isa, BFloat16Tile<Isa, kNothing>, float>;
  k.multiply_int8 = asks
                        ? run_tiles<Isa, IntTile<Isa, 8, kAhead, QuantizedGroup>, QuantizedGroup>
                        : run_tiles<Isa, IntTile<Isa, 8, kNothing, QuantizedGroup>, QuantizedGroup>;
  k.multiply_int4 = asks ? run_tiles<Int4Isa, IntTile<Int4Isa, 4, kAhead, ByteGroup>, ByteGroup>
                         : run_tiles<Int4Isa, IntTile<Int4Isa, 4, kNothing, ByteGroup>, ByteGroup>;
  k.quantize_row = [](const float* x, int n, QuantizedGroup* out) {
    quantize_groups<Isa>(x, n, out);
  };
  k.quantize_row_to_bytes = [](const float* x, int n, ByteGroup* out) {
    quantize_groups<Isa>(x, n, out);
  };
  k.widen_panel = [](WeightType type, const std::byte* panel, int n_groups, float* out) {
    widen<Isa>(type, panel, n_groups, out);
  };
  k.round_panel = [](WeightType type, const std::byte* panel, int n_groups, uint32_t* out) {
    round_quantized<Isa>(type, panel, n_groups, out);
  };
  k.finish = [](const FinishJob& job) {
    if (job.gelu_tanh) {
      finish_block<Isa, true>(job);
    } else {
      finish_block<Isa, false>(job);
    }
  };
  k.layer_norm_row = [](const float* x, int n, const float* g, const float* b, float epsilon,
                        float* out) { normalize_row<Isa>(x, n, g, b, epsilon, out); };
  k.exp_row = [](float* x, int n, int n_padded, float scale) {
    return exp_of_row<Isa>(x, n, n_padded, scale);
  };
  return k;
}

}  // namespace gpt2run
