#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// A float32 number as a sum of bfloat16 ones. Of one: the nearest, even where there are two, with
// Inf and the NaN of arithmetic as they are. Of three: its 24 digits are cut into pieces of 8, the
// first in the upper half of its bits, so that nothing is rounded. Terms below the normal numbers
// count as zero in AMX, and those of Inf are NaN.
template <class Isa, int kN>
struct Terms {
  Floats<Isa> rest;

  // The next term, in the upper halves of the lanes.
  GPT2RUN_INLINE Ints<Isa> next() {
    Ints<Isa> bits = as_ints<Isa>(rest);
    if constexpr (kN == 1) bits += 0x7fff + (bits >> 16 & 1);
    const Ints<Isa> term = bits & static_cast<int32_t>(0xffff0000u);
    if constexpr (kN > 1) rest -= as_floats<Isa>(term);
    return term;
  }
};

// 32 numbers.
//   out  [kN] groups, term_stride apart
template <class Isa, int kN>
GPT2RUN_INLINE void split_group(const float* x, uint16_t* out, ptrdiff_t term_stride) {
  typedef uint16_t Halves __attribute__((vector_size(Isa::kLanes * 2)));
#pragma GCC unroll 16
  for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
    Terms<Isa, kN> terms = {load<Isa>(x + i)};
#pragma GCC unroll 16
    for (int t = 0; t < kN; ++t) {
      const Halves term = __builtin_convertvector(terms.next() >> 16, Halves);
      __builtin_memcpy(out + t * term_stride + i, &term, sizeof(term));
    }
  }
}

// See RowsToTiles.
//   term_stride  from one term of a row to the next
template <class Isa, int kN>
GPT2RUN_INLINE void split_to_tiles(const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                                   ptrdiff_t term_stride, uint16_t* out) {
  for (int row = 0; row < n_rows; ++row, x += x_stride, out += kGroupRows) {
    uint16_t* to = out;
    int i = 0;
    for (; i + kGroupRows <= n_in; i += kGroupRows, to += kN * term_stride) {
      split_group<Isa, kN>(x + i, to, term_stride);
    }
    if (i == n_in) continue;
    float rest[kGroupRows] = {};
    for (int j = i; j < n_in; ++j) rest[j - i] = x[j];
    split_group<Isa, kN>(rest, to, term_stride);
  }
}

// Two inputs of a panel, side by side.
//   out  [kN] pairs of [64], term_stride apart
template <class Isa, int kN>
GPT2RUN_INLINE void split_pair(const float* first, const float* second, int n_cols, uint32_t* out,
                               ptrdiff_t term_stride) {
  for (int col = 0; col < n_cols; col += Isa::kLanes) {
    Terms<Isa, kN> a = {load<Isa>(first + col)}, b = {load<Isa>(second + col)};
#pragma GCC unroll 16
    for (int t = 0; t < kN; ++t) {
      const Ints<Isa> pair = (a.next() >> 16 & 0xffff) | b.next();
      __builtin_memcpy(out + t * term_stride + col, &pair, sizeof(pair));
    }
  }
}

// See TermKernels::convert_panel.
template <class Isa, int kN>
GPT2RUN_INLINE void split_columns(const float* panel, int n_in, int n_cols, uint32_t* out) {
  constexpr int kPairs = kGroupRows / 2, kTermSize = kPairs * kPanelCols;
  const float zeros[kPanelCols] = {};
  const int n_groups = (n_in + kGroupRows - 1) / kGroupRows;
  if (n_cols < kPanelCols) __builtin_memset(out, 0, sizeof(*out) * n_groups * kN * kTermSize);
  for (int group = 0; group < n_groups; ++group, out += kN * kTermSize) {
    for (int pair = 0; pair < kPairs; ++pair) {
      const int i = group * kGroupRows + 2 * pair;
      const float* const first = panel + static_cast<ptrdiff_t>(i) * n_cols;
      split_pair<Isa, kN>(i < n_in ? first : zeros, i + 1 < n_in ? first + n_cols : zeros, n_cols,
                          out + pair * kPanelCols, kTermSize);
    }
  }
}

//   kTileRows  Kernels::many_rows
template <class Isa, int kN, int kTileRows>
TermKernels term_kernels(void (*multiply)(const PanelJob<uint16_t>& job)) {
  return {.n_terms = kN,
          .multiply = multiply,
          .convert_rows =
              [](const float* x, ptrdiff_t x_stride, int n_rows, int n_in, uint16_t* out) {
                split_to_tiles<Isa, kN>(x, x_stride, n_rows, n_in, kTileRows * kGroupRows, out);
              },
          .convert_panel = [](const float* panel, int n_in, int n_cols,
                              uint32_t* out) { split_columns<Isa, kN>(panel, n_in, n_cols, out); }};
}

}  // namespace gpt2run
