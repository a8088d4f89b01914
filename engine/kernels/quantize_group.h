#pragma once

#include <cstddef>

#include "engine/kernels/halves.h"
#include "engine/kernels/vector.h"
#include "engine/weight.h"

// Rounding one group of 32 inputs by 64 columns, see quantize.h.

namespace gpt2run {

template <class Isa>
GPT2RUN_INLINE Floats<Isa> row_of(const float* block, int i) {
  return load<Isa>(block + i * kPanelCols);
}

template <class Isa>
GPT2RUN_INLINE Floats<Isa> magnitude(Floats<Isa> x) {
  return as_floats<Isa>(as_ints<Isa>(x) & INT32_MAX);
}

// The nearest integer, ties to even: an addition, below 2^22.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> round_nearest(Floats<Isa> x) {
  constexpr float kMagic = 0x1.8p23f;
  return (x + kMagic) - kMagic;
}

template <class Isa>
GPT2RUN_INLINE Floats<Isa> at_least(Floats<Isa> x, float low) {
  return x < low ? broadcast<Isa>(low) : x;
}
template <class Isa>
GPT2RUN_INLINE Floats<Isa> at_most(Floats<Isa> x, float high) {
  return x > high ? broadcast<Isa>(high) : x;
}

// 0 for 0.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> inverse_of(Floats<Isa> scale) {
  return scale == 0 ? Floats<Isa>{} : 1 / scale;
}

// The value of largest magnitude of each column, with its sign.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> find_extremes(const float* block) {
  Floats<Isa> extremes = row_of<Isa>(block, 0);
  for (int i = 1; i < kGroupRows; ++i) {
    const Floats<Isa> x = row_of<Isa>(block, i);
    extremes = magnitude<Isa>(x) > magnitude<Isa>(extremes) ? x : extremes;
  }
  return extremes;
}

// As float16 keeps them.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> round_to_half(Floats<Isa> x) {
  const Ints<Isa> sign = as_ints<Isa>(x) & INT32_MIN;
  const Floats<Isa> magnitudes = as_floats<Isa>(half_bits<Isa>(x) << 13) * 0x1p112f;
  return as_floats<Isa>(as_ints<Isa>(magnitudes) | sign);
}

// Sums over a group of x times its steps and of the steps' squares. Their quotient is the scale
// with the least squared error for these steps, and xq^2 / qq what it takes off the sum of x^2.
template <class Isa>
struct StepSums {
  Floats<Isa> xq, qq;

  GPT2RUN_INLINE Floats<Isa> scales() const { return qq == 0 ? qq : xq / qq; }
  GPT2RUN_INLINE Floats<Isa> gain() const { return scales() * xq; }
};

// The steps of a type, and how its scales are found.
struct StepRange {
  float low, high;    // steps
  float divisors[8];  // what extreme values are divided by, to begin with
};

// With each divisor the numbers are rounded anew, and the errors are others: of 32 normal numbers
// the least squared error is 0.80 of the first one's on the average, 0.83 with the first four.
inline constexpr StepRange kInt8Steps = {-127, 127, {127, 126, 125, 124, 123, 122, 121, 120}};
// With 8.6 the extreme value is cut off.
inline constexpr StepRange kInt4Steps = {-8, 7, {-8, -7.5f, -7, -8.6f, -6.5f, -6, 7, 7.5f}};

// The nearest step.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> nearest_step(Floats<Isa> x, const StepRange& steps) {
  return round_nearest<Isa>(at_most<Isa>(at_least<Isa>(x, steps.low), steps.high));
}

// Of the steps that these scales give.
template <class Isa>
GPT2RUN_INLINE StepSums<Isa> sum_steps(const float* block, Floats<Isa> scales,
                                       const StepRange& steps) {
  const Floats<Isa> inverse = inverse_of<Isa>(scales);
  StepSums<Isa> sums = {};
  for (int i = 0; i < kGroupRows; ++i) {
    const Floats<Isa> x = row_of<Isa>(block, i);
    const Floats<Isa> q = nearest_step<Isa>(x * inverse, steps);
    sums.xq += x * q;
    sums.qq += q * q;
  }
  return sums;
}

// Of two scales that both hold all numbers as they are, the first one stays.
inline constexpr float kMoreThanRounding = 1 + 0x1p-21f;

// Of the scales that are tried, the one whose steps leave the least squared error, refitted to
// them, and once more to the steps that it gives itself. As float16.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> best_scales(const float* block, const StepRange& steps) {
  const Floats<Isa> extremes = find_extremes<Isa>(block);
  Floats<Isa> best = {}, most = {};
  for (const float divisor : steps.divisors) {
    const StepSums<Isa> sums = sum_steps<Isa>(block, extremes / divisor, steps);
    const Floats<Isa> gain = sums.gain();
    const Floats<Isa> enough = most * kMoreThanRounding;
    best = gain > enough ? sums.scales() : best;
    most = gain > enough ? gain : most;
  }
  // Scales beyond float16's range would give no steps at all.
  const StepSums<Isa> sums = sum_steps<Isa>(block, round_to_half<Isa>(best), steps);
  return round_to_half<Isa>(sums.scales());
}

// Rows i, i + 1, i + 2 and i + 3 as the bytes of a column's four, each plus `zero`.
template <class Isa>
GPT2RUN_INLINE Ints<Isa> round_four(const float* block, int i, Floats<Isa> inverse,
                                    const StepRange& steps, int zero) {
  Ints<Isa> bytes = {};
  for (int k = 0; k < 4; ++k) {
    const Floats<Isa> q = nearest_step<Isa>(row_of<Isa>(block, i + k) * inverse, steps);
    bytes |= (__builtin_convertvector(q, Ints<Isa>) + zero) << (8 * k);
  }
  return bytes;
}

template <class Isa>
GPT2RUN_INLINE void quantize_int8(const float* block, std::byte* out) {
  std::byte* const items = out + kPanelCols * sizeof(uint16_t);
  for (int j = 0; j < kPanelCols; j += Isa::kLanes) {
    const Floats<Isa> scales = best_scales<Isa>(block + j, kInt8Steps);
    store_halves<Isa>(scales, reinterpret_cast<uint16_t*>(out) + j);
    const Floats<Isa> inverse = inverse_of<Isa>(scales);
    for (int i = 0; i < kGroupRows; i += 4) {
      const Ints<Isa> bytes = round_four<Isa>(block + j, i, inverse, kInt8Steps, 128);
      __builtin_memcpy(items + i * kPanelCols + 4 * j, &bytes, sizeof(bytes));
    }
  }
}

template <class Isa>
GPT2RUN_INLINE void quantize_int4(const float* block, std::byte* out) {
  std::byte* const items = out + kPanelCols * sizeof(uint16_t);
  for (int j = 0; j < kPanelCols; j += Isa::kLanes) {
    const Floats<Isa> scales = best_scales<Isa>(block + j, kInt4Steps);
    store_halves<Isa>(scales, reinterpret_cast<uint16_t*>(out) + j);
    const Floats<Isa> inverse = inverse_of<Isa>(scales);
    for (int i = 0; i < kGroupRows / 2; i += 4) {
      const Ints<Isa> lower = round_four<Isa>(block + j, i, inverse, kInt4Steps, 8);
      const Ints<Isa> upper =
          round_four<Isa>(block + j, i + kGroupRows / 2, inverse, kInt4Steps, 8);
      const Ints<Isa> bytes = lower | upper << 4;
      __builtin_memcpy(items + i * kPanelCols + 4 * j, &bytes, sizeof(bytes));
    }
  }
}

}  // namespace gpt2run
