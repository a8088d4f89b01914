#pragma once

#include <immintrin.h>

#include "engine/kernels/tiles.h"

namespace gpt2run {

// bfloat16 rows by a bfloat16 panel, two inputs an instruction (AVX512_BF16).
template <class Isa>
struct ManyBFloat16Tile {
  static constexpr int kRows = Isa::kTileRows;
  static constexpr int vectors(int rows) { return Isa::vectors(rows); }

  template <int R, int C>
  GPT2RUN_INLINE static void run(const PanelJob<uint16_t>& job, int row, int col) {
    constexpr int W = Isa::kLanes;
    const uint16_t* x = job.x + row * job.x_stride;
    const uint32_t* w = reinterpret_cast<const uint32_t*>(job.panel) + col;
    __m512 sums[R][C] = {};
    for (int i = 0; i < job.n_in; i += 2, w += kPanelCols) {
      __m512i b[C];
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        prefetch_weights(w + c * W);
        b[c] = _mm512_loadu_si512(w + c * W);
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        int32_t pair;
        __builtin_memcpy(&pair, x + r * job.x_stride + i, sizeof(pair));
        const __m512i a = _mm512_set1_epi32(pair);
#pragma GCC unroll 16
        for (int c = 0; c < C; ++c) {
          sums[r][c] = _mm512_dpbf16_ps(sums[r][c], (__m512bh)a, (__m512bh)b[c]);
        }
      }
    }
    for (int r = 0; r < R; ++r) {
      for (int c = 0; c < C; ++c) {
        _mm512_storeu_ps(job.sums + (row + r) * job.sums_stride + col + c * W, sums[r][c]);
      }
    }
  }
};

}  // namespace gpt2run
