#pragma once

#include <bit>
#include <cstdint>

namespace gpt2run {

// IEEE 754 binary16 and bfloat16, by integers: the same bits on every machine.

inline float half_to_float(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31;
  const uint32_t magnitude = half & 0x7fffu;
  if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | magnitude << 13);
  // The exponent's bias is 127 - 15 larger; the product also makes subnormals normal.
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | sign);
}

// Rounded to nearest even; what is too large becomes the largest finite number.
inline uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const float magnitude = std::bit_cast<float>(bits & 0x7fffffff);
  if (magnitude >= 65504.0f) return sign | 0x7bff;
  if (magnitude < 0x1p-14f) {  // subnormal: adding 1/2 leaves multiples of 2^-24, rounded
    return sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(magnitude + 0.5f) & 0x7ff);
  }
  const uint32_t m = std::bit_cast<uint32_t>(magnitude);
  const uint32_t rounded = (m + 0xfff + (m >> 13 & 1)) >> 13;
  return sign | static_cast<uint16_t>(rounded - (112 << 10));
}

inline float bfloat16_to_float(uint16_t value) {
  return std::bit_cast<float>(uint32_t{value} << 16);
}

// The smallest number that float_to_bfloat16 rounds to infinity.
inline constexpr float kRoundsToInfinity = 0x1.ffp127f;

// Rounded to nearest even; from kRoundsToInfinity on to infinity. Requires: finite.
inline uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace gpt2run
