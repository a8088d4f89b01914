#pragma once

#include <cstddef>

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

// Stores the scales as float16, rounded as float_to_half does, and returns the inverse of what is
// stored.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> store_scales(Floats<Isa> scales, uint16_t* halves) {
  const Ints<Isa> sign = as_ints<Isa>(scales) & INT32_MIN;
  const Ints<Isa> m = as_ints<Isa>(scales) & INT32_MAX;
  const Ints<Isa> normal = ((m + 0xfff + (m >> 13 & 1)) >> 13) - (112 << 10);
  const Ints<Isa> subnormal = as_ints<Isa>(as_floats<Isa>(m) + 0.5f) & 0x7ff;
  Ints<Isa> half = m < 0x38800000 ? subnormal : normal;        // 2^-14
  half = m >= 0x477fe000 ? broadcast_int<Isa>(0x7bff) : half;  // 65504
  const Floats<Isa> stored = as_floats<Isa>(half << 13) * 0x1p112f;
  int32_t lanes[Isa::kLanes], signs[Isa::kLanes];
  __builtin_memcpy(lanes, &half, sizeof(lanes));
  __builtin_memcpy(signs, &sign, sizeof(signs));
  for (int j = 0; j < Isa::kLanes; ++j) {
    halves[j] = static_cast<uint16_t>(lanes[j] | (signs[j] < 0 ? 0x8000 : 0));
  }
  return inverse_of<Isa>(as_floats<Isa>(as_ints<Isa>(stored) | sign));
}

// Rows i, i + 1, i + 2 and i + 3 as the bytes of a column's four, each plus `zero`.
template <class Isa>
GPT2RUN_INLINE Ints<Isa> round_four(const float* block, int i, Floats<Isa> inverse, float low,
                                    float high, int zero) {
  Ints<Isa> bytes = {};
  for (int k = 0; k < 4; ++k) {
    const Floats<Isa> q = row_of<Isa>(block, i + k) * inverse;
    const Floats<Isa> rounded = round_nearest<Isa>(at_most<Isa>(at_least<Isa>(q, low), high));
    bytes |= (__builtin_convertvector(rounded, Ints<Isa>) + zero) << (8 * k);
  }
  return bytes;
}

template <class Isa>
GPT2RUN_INLINE void quantize_int8(const float* block, std::byte* out) {
  std::byte* const items = out + kPanelCols * sizeof(uint16_t);
  for (int j = 0; j < kPanelCols; j += Isa::kLanes) {
    const Floats<Isa> scales = magnitude<Isa>(find_extremes<Isa>(block + j)) / 127;
    const Floats<Isa> inverse = store_scales<Isa>(scales, reinterpret_cast<uint16_t*>(out) + j);
    for (int i = 0; i < kGroupRows; i += 4) {
      const Ints<Isa> bytes = round_four<Isa>(block + j, i, inverse, -127, 127, 128);
      __builtin_memcpy(items + i * kPanelCols + 4 * j, &bytes, sizeof(bytes));
    }
  }
}

// What extreme values are divided by. The first has the side with one step more.
inline constexpr float kDivisors[] = {-8.0f, -7.5f, -7.0f, -8.6f, -6.5f, 8.0f};

// x in steps of a scale, rounded to -8 to 7, where the extreme value has kDivisors[c] of them: no x
// has more, on either side.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> round_to_steps(Floats<Isa> x, Floats<Isa> inverse, int c) {
  const float most = kDivisors[c] < 0 ? -kDivisors[c] : kDivisors[c];
  Floats<Isa> steps = x * inverse;
  if (most >= 8.5f) steps = at_least<Isa>(steps, -8);
  if (most >= 7.5f) steps = at_most<Isa>(steps, 7);
  return round_nearest<Isa>(steps);
}

// The scales with the least squared error.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> best_scales(const float* block) {
  constexpr int kCandidates = sizeof(kDivisors) / sizeof(float);
  const Floats<Isa> extremes = find_extremes<Isa>(block);
  Floats<Isa> scales[kCandidates], inverses[kCandidates], errors[kCandidates] = {};
  for (int c = 0; c < kCandidates; ++c) {
    scales[c] = extremes / kDivisors[c];
    inverses[c] = inverse_of<Isa>(scales[c]);
  }
  for (int i = 0; i < kGroupRows; ++i) {
    const Floats<Isa> x = row_of<Isa>(block, i);
    for (int c = 0; c < kCandidates; ++c) {
      const Floats<Isa> e = x - round_to_steps<Isa>(x, inverses[c], c) * scales[c];
      errors[c] += e * e;
    }
  }
  for (int c = 1; c < kCandidates; ++c) {
    scales[0] = errors[c] < errors[0] ? scales[c] : scales[0];
    errors[0] = errors[c] < errors[0] ? errors[c] : errors[0];
  }
  return scales[0];
}

template <class Isa>
GPT2RUN_INLINE void quantize_int4(const float* block, std::byte* out) {
  std::byte* const items = out + kPanelCols * sizeof(uint16_t);
  for (int j = 0; j < kPanelCols; j += Isa::kLanes) {
    const Floats<Isa> inverse =
        store_scales<Isa>(best_scales<Isa>(block + j), reinterpret_cast<uint16_t*>(out) + j);
    for (int i = 0; i < kGroupRows / 2; i += 4) {
      const Ints<Isa> lower = round_four<Isa>(block + j, i, inverse, -8, 7, 8);
      const Ints<Isa> upper = round_four<Isa>(block + j, i + kGroupRows / 2, inverse, -8, 7, 8);
      const Ints<Isa> bytes = lower | upper << 4;
      __builtin_memcpy(items + i * kPanelCols + 4 * j, &bytes, sizeof(bytes));
    }
  }
}

}  // namespace gpt2run
