#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// What a tile asks the memory for while it multiplies.
enum class PrefetchKind {
  kAhead,    // its panel and the next rows, ahead of their use
  kOther,    // what PanelJob::prefetch says
  kNothing,  // where the panel is in a cache (kAhead takes an eighth of the time of many rows
             // then), and, of weights, where not uses_prefetch()
};

// Cuts a job into tiles of R rows by C vectors of columns. Tile has
//   run<R, C>(job, row, col)   one tile
//   kRows                      the most rows of one
//   vectors(rows)              the most vectors of one, a power of two that covers a column unit
template <class Isa, class Tile, int R, int C, class Job>
GPT2RUN_INLINE void for_columns(const Job& job, int row, int col) {
  constexpr int kCols = C * Isa::kLanes;
  for (; col + kCols <= job.first_col + job.n_cols; col += kCols) {
    Tile::template run<R, C>(job, row, col);
  }
  if constexpr (kCols > kColumnUnit) for_columns<Isa, Tile, R, C / 2>(job, row, col);
}

template <class Isa, class Tile, int R, class Job>
GPT2RUN_INLINE void for_rows(const Job& job, int row) {
  for (; row + R <= job.n_rows; row += R) {
    for_columns<Isa, Tile, R, Tile::vectors(R)>(job, row, job.first_col);
  }
  if constexpr (R > 1) for_rows<Isa, Tile, R - 1>(job, row);
}

template <class Isa, class Tile, class Job>
GPT2RUN_INLINE void for_tiles(const Job& job) {
  for_rows<Isa, Tile, Tile::kRows>(job, 0);
}

// What stands where a tile's sums belong.
template <class Isa, int R, int C, class Job>
GPT2RUN_INLINE void load_sums(const Job& job, int row, int col, Floats<Isa> (&sums)[R][C]) {
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      sums[r][c] = load<Isa>(job.sums + (row + r) * job.sums_stride + col + c * Isa::kLanes);
    }
  }
}

// Writes a tile's sums where they belong.
template <class Isa, int R, int C, class Job>
GPT2RUN_INLINE void store_sums(const Job& job, int row, int col, const Floats<Isa> (&sums)[R][C]) {
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      store<Isa>(job.sums + (row + r) * job.sums_stride + col + c * Isa::kLanes, sums[r][c]);
    }
  }
}

}  // namespace gpt2run
