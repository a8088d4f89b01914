#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// How a row's integers of 16 bits (QuantizedGroup) are laid out for the multiplication. Both give
// the same sums.
enum class RowOperands {
  kPairs,  // operand[2*quad] holds inputs 0 and 2 of the quad, operand[2*quad + 1] inputs 1 and 3
  kBytes,  // operand[quad] the upper bytes of its four inputs, operand[8 + quad] the lower ones
};

// Isa::sum and Isa::largest, where an instruction set has them, or one lane after the other.
template <class Isa>
GPT2RUN_INLINE int32_t sum_of_lanes(Ints<Isa> v) {
  if constexpr (requires { Isa::sum(v); }) {
    return Isa::sum(v);
  } else {
    int32_t sum = 0;
#pragma GCC unroll 16
    for (int i = 0; i < Isa::kLanes; ++i) sum += v[i];
    return sum;
  }
}
template <class Isa>
GPT2RUN_INLINE int32_t largest_lane(Ints<Isa> v) {
  if constexpr (requires { Isa::largest(v); }) {
    return Isa::largest(v);
  } else {
    int32_t largest = v[0];
#pragma GCC unroll 16
    for (int i = 1; i < Isa::kLanes; ++i) largest = v[i] > largest ? v[i] : largest;
    return largest;
  }
}

// The integers of one group, and their sum.
//   x  [32]
template <class Isa>
GPT2RUN_INLINE int32_t round_group(const float* x, float inverse, int32_t* q) {
  constexpr float kMagic = 0x1.8p23f;  // added and subtracted, it rounds to the nearest integer
  Ints<Isa> sums = {};
#pragma GCC unroll 16
  for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
    const Floats<Isa> shifted = load<Isa>(x + i) * inverse + kMagic;
    const Ints<Isa> rounded = __builtin_convertvector(shifted - kMagic, Ints<Isa>);
    __builtin_memcpy(q + i, &rounded, sizeof(rounded));
    sums += rounded;
  }
  return sum_of_lanes<Isa>(sums);
}

// The largest magnitude, or Inf or NaN where there is one.
//   x  [32]
template <class Isa>
GPT2RUN_INLINE float largest_magnitude(const float* x) {
  Ints<Isa> largest = {};  // of the bits, which have the magnitudes' order
#pragma GCC unroll 16
  for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
    const Ints<Isa> bits = load_ints<Isa>(x + i) & 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  const int32_t result = largest_lane<Isa>(largest);
  float magnitude;
  __builtin_memcpy(&magnitude, &result, sizeof(magnitude));
  return magnitude;
}

// The integers as the multiplication wants them.
//   q  [32]
template <class Isa>
GPT2RUN_INLINE void lay_out(const int32_t* q, QuantizedGroup* out) {
#pragma GCC unroll 16
  for (int quad = 0; quad < kGroupRows / 4; ++quad) {
    const int32_t* const in = q + 4 * quad;
    if constexpr (Isa::kOperands == RowOperands::kPairs) {
      for (int i = 0; i < 2; ++i) {
        out->operand[2 * quad + i] =
            (static_cast<uint32_t>(in[i]) & 0xffff) | static_cast<uint32_t>(in[i + 2]) << 16;
      }
    }
  }
  if constexpr (Isa::kOperands == RowOperands::kBytes) {
    typedef uint8_t Bytes __attribute__((vector_size(Isa::kLanes)));
#pragma GCC unroll 16
    for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
      const Ints<Isa> v = load_ints<Isa>(q + i);
      const Bytes upper = __builtin_convertvector((v + 128) >> 8, Bytes);
      const Bytes lower = __builtin_convertvector(v, Bytes);
      __builtin_memcpy(out->operand + i / 4, &upper, sizeof(upper));
      __builtin_memcpy(out->operand + 8 + i / 4, &lower, sizeof(lower));
    }
  }
}
template <class Isa>
GPT2RUN_INLINE void lay_out(const int32_t* q, ByteGroup* out) {
  typedef int8_t Bytes __attribute__((vector_size(Isa::kLanes)));
#pragma GCC unroll 16
  for (int i = 0; i < kGroupRows; i += Isa::kLanes) {
    const Bytes bytes = __builtin_convertvector(load_ints<Isa>(q + i), Bytes);
    __builtin_memcpy(out->operand + i / 4, &bytes, sizeof(bytes));
  }
}

// One group.
//   x  [32]
template <class Isa, class Group>
GPT2RUN_INLINE void quantize_group(const float* x, Group* out) {
  const float largest = largest_magnitude<Isa>(x), steps = Group::kLargestSteps;
  if (!(largest < __builtin_inff())) {  // every sum with this group becomes NaN
    *out = {};
    out->scale = __builtin_nanf("");
    return;
  }
  // A scale below the normal numbers would lose its digits: such a group counts as zero.
  const bool is_zero = !(largest > 0x1p-100f);
  out->scale = is_zero ? 0 : largest / steps;
  int32_t q[kGroupRows];
  out->sum = round_group<Isa>(x, is_zero ? 0 : steps / largest, q);
  lay_out<Isa>(q, out);
}

template <class Isa, class Group>
GPT2RUN_INLINE void quantize_groups(const float* x, int n, Group* out) {
  for (; n >= kGroupRows; n -= kGroupRows, x += kGroupRows) quantize_group<Isa>(x, out++);
  if (n == 0) return;
  float rest[kGroupRows] = {};
  for (int i = 0; i < n; ++i) rest[i] = x[i];
  quantize_group<Isa>(rest, out);
}

}  // namespace gpt2run
