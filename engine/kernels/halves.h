#pragma once

#include "engine/kernels/vector.h"

namespace gpt2run {

// As the float16s that float_to_half gives, without their signs.
template <class Isa>
GPT2RUN_INLINE Ints<Isa> half_bits(Floats<Isa> x) {
  const Ints<Isa> m = as_ints<Isa>(x) & INT32_MAX;
  const Ints<Isa> normal = ((m + 0xfff + (m >> 13 & 1)) >> 13) - (112 << 10);
  const Ints<Isa> subnormal = as_ints<Isa>(as_floats<Isa>(m) + 0.5f) & 0x7ff;
  const Ints<Isa> half = m < 0x38800000 ? subnormal : normal;  // 2^-14
  return m >= 0x477fe000 ? broadcast_int<Isa>(0x7bff) : half;  // 65504
}

// Numbers as float16s: what is too large becomes the largest finite one; Inf and NaN stay.
template <class Isa>
GPT2RUN_INLINE Ints<Isa> to_half(Floats<Isa> x) {
  const Ints<Isa> bits = as_ints<Isa>(x), m = bits & INT32_MAX;
  const Ints<Isa> inf = broadcast_int<Isa>(0x7c00), nan = broadcast_int<Isa>(0x7e00);
  const Ints<Isa> special = m > 0x7f800000 ? nan : inf;
  return (m >= 0x7f800000 ? special : half_bits<Isa>(x)) | (bits >> 16 & 0x8000);
}

template <class Isa>
GPT2RUN_INLINE void store_halves(Floats<Isa> x, uint16_t* out) {
  typedef uint16_t Halves __attribute__((vector_size(Isa::kLanes * 2)));
  const Halves halves = __builtin_convertvector(to_half<Isa>(x), Halves);
  __builtin_memcpy(out, &halves, sizeof(halves));
}

template <class Isa>
GPT2RUN_INLINE void narrow_row(const float* x, int n, uint16_t* out) {
  int i = 0;
  for (; i + Isa::kLanes <= n; i += Isa::kLanes) store_halves<Isa>(load<Isa>(x + i), out + i);
  if (i == n) return;
  float rest[Isa::kLanes] = {};
  uint16_t halves[Isa::kLanes];
  for (int j = i; j < n; ++j) rest[j - i] = x[j];
  store_halves<Isa>(load<Isa>(rest), halves);
  for (int j = i; j < n; ++j) out[j] = halves[j - i];
}

template <class Isa>
GPT2RUN_INLINE void widen_row(const uint16_t* x, int n, float* out) {
  int i = 0;
  for (; i + Isa::kLanes <= n; i += Isa::kLanes) store<Isa>(out + i, Isa::halves(x + i));
  if (i == n) return;
  uint16_t rest[Isa::kLanes] = {};
  for (int j = i; j < n; ++j) rest[j - i] = x[j];
  const Floats<Isa> floats = Isa::halves(rest);
  for (int j = i; j < n; ++j) out[j] = floats[j - i];
}

}  // namespace gpt2run
