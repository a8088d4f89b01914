#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// How a row's integers of 16 bits are laid out for the multiplication. Both give the same sums.
enum class RowOperands {
  kPairs,  // operand[2*quad] holds inputs 0 and 2 of the quad, operand[2*quad + 1] inputs 1 and 3
  kBytes,  // operand[quad] the upper bytes of its four inputs, operand[8 + quad] the lower ones
};

// One group.
//   x  [32]
template <RowOperands kOperands>
GPT2RUN_INLINE void quantize_group(const float* x, QuantizedGroup* out) {
  // The largest integer whose upper byte, after rounding by the lower one, is still 127.
  constexpr float kLargest = 127 * 256;
  constexpr float kMagic = 0x1.8p23f;  // added and subtracted, it rounds to the nearest integer
  constexpr int32_t kInfinity = 0x7f800000;
  int32_t largest_bits = 0;  // of magnitudes: their bits have the numbers' order, NaN last
  for (int i = 0; i < kGroupRows; ++i) {
    int32_t bits;
    __builtin_memcpy(&bits, x + i, sizeof(bits));
    bits &= 0x7fffffff;
    largest_bits = bits > largest_bits ? bits : largest_bits;
  }
  if (largest_bits >= kInfinity) {  // every sum with this group becomes NaN
    *out = {};
    out->scale = __builtin_nanf("");
    return;
  }
  float largest;
  __builtin_memcpy(&largest, &largest_bits, sizeof(largest));
  // A scale below the normal numbers would lose its digits: such a row counts as zero.
  const bool is_zero = !(largest > 0x1p-100f);
  out->scale = is_zero ? 0 : largest / kLargest;
  const float inverse = is_zero ? 0 : kLargest / largest;
  int32_t q[kGroupRows];
  int32_t sum = 0;
  for (int i = 0; i < kGroupRows; ++i) {
    q[i] = static_cast<int32_t>((x[i] * inverse + kMagic) - kMagic);
    sum += q[i];
  }
  out->sum = sum;
  for (int quad = 0; quad < kGroupRows / 4; ++quad) {
    const int32_t* const in = q + 4 * quad;
    if constexpr (kOperands == RowOperands::kPairs) {
      for (int i = 0; i < 2; ++i) {
        out->operand[2 * quad + i] =
            (static_cast<uint32_t>(in[i]) & 0xffff) | static_cast<uint32_t>(in[i + 2]) << 16;
      }
    } else {
      uint32_t upper = 0, lower = 0;
      for (int i = 0; i < 4; ++i) {
        upper |= (static_cast<uint32_t>((in[i] + 128) >> 8) & 0xff) << (8 * i);
        lower |= (static_cast<uint32_t>(in[i]) & 0xff) << (8 * i);
      }
      out->operand[quad] = upper;
      out->operand[8 + quad] = lower;
    }
  }
}

template <RowOperands kOperands>
GPT2RUN_INLINE void quantize_groups(const float* x, int n, QuantizedGroup* out) {
  for (; n >= kGroupRows; n -= kGroupRows, x += kGroupRows) quantize_group<kOperands>(x, out++);
  if (n == 0) return;
  float rest[kGroupRows] = {};
  for (int i = 0; i < n; ++i) rest[i] = x[i];
  quantize_group<kOperands>(rest, out);
}

// To bfloat16, nearest even, zeros up to a multiple of 32.
GPT2RUN_INLINE void round_to_bf16(const float* x, int n, uint16_t* out) {
  int i = 0;
  for (; i < n; ++i) {
    int32_t bits;
    __builtin_memcpy(&bits, x + i, sizeof(bits));
    out[i] = static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
  for (; i % kGroupRows != 0; ++i) out[i] = 0;
}

}  // namespace gpt2run
