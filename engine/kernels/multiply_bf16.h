#pragma once

#include "engine/kernels/tiles.h"

namespace gpt2run {

// float32 rows by a bfloat16 panel: weights become float32 in registers, which rounds nothing, so
// that only the weights are bfloat16 and not the activations.
template <class Isa, PrefetchKind kPrefetch>
struct BFloat16Tile {
  static constexpr int kRows = Isa::kTileRows;
  static constexpr int vectors(int rows) { return Isa::vectors(rows); }

  template <int R, int C>
  GPT2RUN_INLINE static void run(const PanelJob<float>& job, int row, int col) {
    constexpr int W = Isa::kLanes;
    const float* x = job.x + row * job.x_stride;
    const uint32_t* w = reinterpret_cast<const uint32_t*>(job.panel) + col;
    const int n_pairs = job.n_in / 2;
    Floats<Isa> sums[R][C] = {};
    for (int i = 0; i < n_pairs; ++i, w += kPanelCols) {
      add_pair<R, C>(x + 2 * i, job.x_stride, w, sums);
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        if (kPrefetch == PrefetchKind::kAhead && c * W % 16 == 0) prefetch_weights(w + c * W);
      }
    }
    if (job.n_in % 2 != 0) add_first<R, C>(x + 2 * n_pairs, job.x_stride, w, sums);
    store_sums<Isa, R, C>(job, row, col, sums);
  }

 private:
  GPT2RUN_INLINE static Floats<Isa> first(Ints<Isa> pair) {
    return as_floats<Isa>(pair << 16);
  }
  GPT2RUN_INLINE static Floats<Isa> second(Ints<Isa> pair) {
    return as_floats<Isa>(pair & static_cast<int32_t>(0xffff0000u));
  }

  template <int R, int C>
  GPT2RUN_INLINE static void add_pair(const float* x, ptrdiff_t x_stride, const uint32_t* w,
                                      Floats<Isa> (&sums)[R][C]) {
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      const Ints<Isa> pair = load_ints<Isa>(w + c * Isa::kLanes);
      const Floats<Isa> b0 = first(pair), b1 = second(pair);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        sums[r][c] += broadcast<Isa>(x[r * x_stride]) * b0;
        sums[r][c] += broadcast<Isa>(x[r * x_stride + 1]) * b1;
      }
    }
  }

  template <int R, int C>
  GPT2RUN_INLINE static void add_first(const float* x, ptrdiff_t x_stride, const uint32_t* w,
                                       Floats<Isa> (&sums)[R][C]) {
    for (int c = 0; c < C; ++c) {
      const Floats<Isa> b0 = first(load_ints<Isa>(w + c * Isa::kLanes));
      for (int r = 0; r < R; ++r) sums[r][c] += broadcast<Isa>(x[r * x_stride]) * b0;
    }
  }
};

}  // namespace gpt2run
