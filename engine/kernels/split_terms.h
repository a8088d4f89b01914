#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// A float32 number as a sum of three bfloat16 ones: its 24 digits are cut into pieces of 8, the
// first in the upper half of its bits, so that nothing is rounded. Terms below the normal numbers
// count as zero in AMX, and those of Inf are NaN.
template <class Isa>
struct Terms {
  Floats<Isa> rest;

  // The next term, in the upper halves of the lanes.
  GPT2RUN_INLINE Ints<Isa> next() {
    const Ints<Isa> term = as_ints<Isa>(rest) & static_cast<int32_t>(0xffff0000u);
    rest -= as_floats<Isa>(term);
    return term;
  }
};

// 32 numbers.
//   out  [kTerms] groups, term_stride apart
template <class Isa>
GPT2RUN_INLINE void split_group(const float* x, uint16_t* out, ptrdiff_t term_stride) {
  typedef uint16_t Halves __attribute__((vector_size(Isa::kLanes * 2)));
#pragma GCC unroll 16
  for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
    Terms<Isa> terms = {load<Isa>(x + i)};
#pragma GCC unroll 16
    for (int t = 0; t < kTerms; ++t) {
      const Halves term = __builtin_convertvector(terms.next() >> 16, Halves);
      __builtin_memcpy(out + t * term_stride + i, &term, sizeof(term));
    }
  }
}

// See RowsToTiles.
//   term_stride  from one term of a row to the next
template <class Isa>
GPT2RUN_INLINE void split_to_tiles(const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                                   ptrdiff_t term_stride, uint16_t* out) {
  for (int row = 0; row < n_rows; ++row, x += x_stride, out += kGroupRows) {
    uint16_t* to = out;
    int i = 0;
    for (; i + kGroupRows <= n_in; i += kGroupRows, to += kTerms * term_stride) {
      split_group<Isa>(x + i, to, term_stride);
    }
    if (i == n_in) continue;
    float rest[kGroupRows] = {};
    for (int j = i; j < n_in; ++j) rest[j - i] = x[j];
    split_group<Isa>(rest, to, term_stride);
  }
}

// Two inputs of a panel, side by side.
//   out  [kTerms] pairs of [64], term_stride apart
template <class Isa>
GPT2RUN_INLINE void split_pair(const float* first, const float* second, int n_cols, uint32_t* out,
                               ptrdiff_t term_stride) {
  for (int col = 0; col < n_cols; col += Isa::kLanes) {
    Terms<Isa> a = {load<Isa>(first + col)}, b = {load<Isa>(second + col)};
#pragma GCC unroll 16
    for (int t = 0; t < kTerms; ++t) {
      const Ints<Isa> pair = (a.next() >> 16 & 0xffff) | b.next();
      __builtin_memcpy(out + t * term_stride + col, &pair, sizeof(pair));
    }
  }
}

// A panel [n_in][n_cols] as [n_in/32][kTerms][16][64] pairs; columns from n_cols on and inputs from
// n_in on are zero.
template <class Isa>
GPT2RUN_INLINE void split_columns(const float* panel, int n_in, int n_cols, uint32_t* out) {
  constexpr int kPairs = kGroupRows / 2, kTermSize = kPairs * kPanelCols;
  const float zeros[kPanelCols] = {};
  const int n_groups = (n_in + kGroupRows - 1) / kGroupRows;
  if (n_cols < kPanelCols) __builtin_memset(out, 0, sizeof(*out) * n_groups * kTerms * kTermSize);
  for (int group = 0; group < n_groups; ++group, out += kTerms * kTermSize) {
    for (int pair = 0; pair < kPairs; ++pair) {
      const int i = group * kGroupRows + 2 * pair;
      const float* const first = panel + static_cast<ptrdiff_t>(i) * n_cols;
      split_pair<Isa>(i < n_in ? first : zeros, i + 1 < n_in ? first + n_cols : zeros, n_cols,
                      out + pair * kPanelCols, kTermSize);
    }
  }
}

}  // namespace gpt2run
