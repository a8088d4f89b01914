#pragma once

#include "engine/kernels/tiles.h"

namespace gpt2run {

// Quantized rows by a quantized panel. In a group the products of integers are summed exactly;
// the groups' sums, times both scales, are added in float32 from the first group to the last.
//   kBits  8 or 4
//   Group  QuantizedGroup or ByteGroup, as Isa::Dot takes it
template <class Isa, int kBits, PrefetchKind kPrefetch, class Group>
struct IntTile {
  static constexpr int kRows = Isa::kIntRows;
  static constexpr int vectors(int rows) { return Isa::int_vectors(rows); }
  static constexpr int kScaleBytes = kPanelCols * 2;
  static constexpr int kGroupBytes = kScaleBytes + kPanelCols * kGroupRows * kBits / 8;
  static constexpr int kGroupsAhead = kBits == 8 ? 3 : 2;
  static constexpr int kOffset = kBits == 8 ? 128 : 8;  // what was added to each integer

  template <int R, int C>
  GPT2RUN_INLINE static void run(const PanelJob<Group>& job, int row, int col) {
    constexpr int W = Isa::kLanes;
    const std::byte* group = job.panel;
    Floats<Isa> sums[R][C] = {};
    for (int g = 0; g < job.n_in; ++g, group += kGroupBytes) {
      const Group* x[R];
      for (int r = 0; r < R; ++r) x[r] = job.x + (row + r) * job.x_stride + g;
      if constexpr (kPrefetch == PrefetchKind::kAhead) prefetch_group<C>(group, col);
      typename Isa::Dot dots[R][C];
      multiply_group<R, C>(x, group + kScaleBytes + col * 4, dots);
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        const Floats<Isa> scale =
            Isa::halves(reinterpret_cast<const uint16_t*>(group) + col + c * W);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
          sums[r][c] += to_floats<Isa>(dots[r][c].total()) * (scale * broadcast<Isa>(x[r]->scale));
        }
      }
    }
    store_sums<Isa, R, C>(job, row, col, sums);
  }

 private:
  // All lines of a later group at once: one by one between the products they were slower (0.72 of a
  // plain sum's speed, not 0.87).
  template <int C>
  GPT2RUN_INLINE static void prefetch_group(const std::byte* group, int col) {
    const std::byte* const later = group + kGroupsAhead * kGroupBytes + col * 4;
#pragma GCC unroll 64
    for (int line = 0; line < kGroupBytes; line += kPanelCols * 4) {
#pragma GCC unroll 16
      for (int byte = 0; byte < C * Isa::kLanes * 4; byte += 64) {
        __builtin_prefetch(later + line + byte, 0, 2);
      }
    }
  }

  template <int R, int C>
  GPT2RUN_INLINE static void multiply_group(const Group* const (&x)[R], const std::byte* items,
                                            typename Isa::Dot (&dots)[R][C]) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) dots[r][c].start(-kOffset * x[r]->sum);
    }
#pragma GCC unroll 16
    for (int quad = 0; quad < kBits; ++quad) {  // rows of [64][4] bytes in the group
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        const Ints<Isa> bytes = load_ints<Isa>(items + quad * kPanelCols * 4 + c * Isa::kLanes * 4);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
          if constexpr (kBits == 8) {
            dots[r][c].add(bytes, *x[r], quad);
          } else {
            dots[r][c].add(bytes & 0x0f0f0f0f, *x[r], quad);
            dots[r][c].add(bytes >> 4 & 0x0f0f0f0f, *x[r], quad + 4);
          }
        }
      }
    }
  }
};

}  // namespace gpt2run
