#pragma once

#include <immintrin.h>

#include "engine/kernels/tiles.h"

namespace gpt2run {

// Tiles of bfloat16 rows by a bfloat16 panel, two inputs an instruction (AVX512_BF16).
template <class Isa>
struct ManyBFloat16Tile {
  static constexpr int kRows = Isa::kTileRows;
  static constexpr int vectors(int rows) { return Isa::vectors(rows); }

  template <int R, int C>
  GPT2RUN_INLINE static void run(const PanelJob<uint16_t>& job, int row, int col) {
    constexpr int W = Isa::kLanes;
    const uint16_t* x = job.x + row * job.x_stride;
    const uint32_t* w = reinterpret_cast<const uint32_t*>(job.panel) + col;
    Floats<Isa> sums[R][C] = {};
    if (job.add_to_sums) load_sums<Isa, R, C>(job, row, col, sums);
    for (int group = 0; group < job.n_in; group += kGroupRows, x += kRows * kGroupRows) {
      for (int i = 0; i < kGroupRows; i += 2, w += kPanelCols) {
        __m512i b[C];
#pragma GCC unroll 16
        for (int c = 0; c < C; ++c) b[c] = _mm512_loadu_si512(w + c * W);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
          int32_t pair;
          __builtin_memcpy(&pair, x + r * kGroupRows + i, sizeof(pair));
          const __m512i a = _mm512_set1_epi32(pair);
#pragma GCC unroll 16
          for (int c = 0; c < C; ++c) {
            sums[r][c] =
                (Floats<Isa>)_mm512_dpbf16_ps((__m512)sums[r][c], (__m512bh)a, (__m512bh)b[c]);
          }
        }
      }
    }
    store_sums<Isa, R, C>(job, row, col, sums);
  }
};

}  // namespace gpt2run
