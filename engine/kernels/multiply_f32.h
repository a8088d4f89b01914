#pragma once

#include "engine/kernels/tiles.h"

namespace gpt2run {

// float32 rows by a panel of float32 or float16 (uint16_t) numbers. Every sum stays in a register
// from the first input to the last.
template <class Isa, PrefetchKind kPrefetch, class Item = float>
struct Float32Tile {
  static constexpr int kRows = Isa::kTileRows;
  static constexpr int vectors(int rows) { return Isa::vectors(rows); }

  template <int R, int C>
  GPT2RUN_INLINE static void run(const PanelJob<float>& job, int row, int col) {
    constexpr int W = Isa::kLanes;
    const float* x = job.x + row * job.x_stride;
    const Item* w = reinterpret_cast<const Item*>(job.panel) + col;
    Floats<Isa> sums[R][C] = {};
    if (job.add_to_sums) load_sums<Isa, R, C>(job, row, col, sums);
    const std::byte* other = job.prefetch.from;  // one tile of the job fetches it
    const int n_other = row == 0 && col == job.first_col ? job.prefetch.n_step_bytes : 0;
    for (int i = 0; i < job.n_in; ++i, w += job.panel_stride) {
      if (kPrefetch == PrefetchKind::kOther) {
        for (int at = 0; at < n_other; at += 64) __builtin_prefetch(other + at, 0, 2);
        other += n_other;
      }
      if (kPrefetch == PrefetchKind::kAhead && R > 1 && i % 16 == 0)
        prefetch_next_rows<R>(x + i, job.x_stride);
      Floats<Isa> b[C];
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        constexpr int kLine = 64 / sizeof(Item);  // numbers of a cache line
        if (kPrefetch == PrefetchKind::kAhead && c * W % kLine == 0) prefetch_weights(w + c * W);
        b[c] = items(w + c * W);
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Floats<Isa> a = broadcast<Isa>(x[r * job.x_stride + i]);
#pragma GCC unroll 16
        for (int c = 0; c < C; ++c) sums[r][c] += a * b[c];
      }
    }
    store_sums<Isa, R, C>(job, row, col, sums);
  }

 private:
  GPT2RUN_INLINE static Floats<Isa> items(const float* p) {
    return load<Isa>(p);
  }
  GPT2RUN_INLINE static Floats<Isa> items(const uint16_t* p) {
    return Isa::halves(p);
  }

  // The next tile's rows, if there are more; asking for what is not there does no harm.
  template <int R>
  GPT2RUN_INLINE static void prefetch_next_rows(const float* x, ptrdiff_t x_stride) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) __builtin_prefetch(x + (R + r) * x_stride, 0, 2);
  }
};

}  // namespace gpt2run
