#include "loader/convert.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace gpt2run {
namespace {

uint16_t load_16(const char* bytes) {
  uint16_t bits;
  std::memcpy(&bits, bytes, sizeof(bits));
  return bits;
}

float bfloat16_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// The exponent field of float16 counts from 2^-15, that of float32 from 2^-127: moved into place,
// the number is 2^112 too small, and the product is exact, for subnormal numbers too.
float float16_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t rest = static_cast<uint32_t>(bits & 0x7FFFu) << 13;
  const uint32_t value = rest >= 0x0F800000u
                             ? rest | 0x7F800000u  // NaN or infinity
                             : std::bit_cast<uint32_t>(std::bit_cast<float>(rest) * 0x1p112f);
  return std::bit_cast<float>(sign | value);
}

bool is_not_finite(float value) {
  return (std::bit_cast<uint32_t>(value) & 0x7F800000u) == 0x7F800000u;
}

}  // namespace

void to_float32(DType dtype, const char* bytes, size_t n, float* out) {
  if (dtype == DType::kFloat32) {
    if (bytes != reinterpret_cast<const char*>(out)) std::memcpy(out, bytes, n * sizeof(float));
  } else if (dtype == DType::kFloat16) {
    for (size_t i = 0; i < n; ++i) out[i] = float16_to_float(load_16(bytes + 2 * i));
  } else {
    for (size_t i = 0; i < n; ++i) out[i] = bfloat16_to_float(load_16(bytes + 2 * i));
  }
}

size_t find_not_finite(const float* values, size_t n) {
  // A first pass without a way out, which the compiler turns into vector code.
  uint32_t any = 0;
  for (size_t i = 0; i < n; ++i) any |= is_not_finite(values[i]) ? 1u : 0u;
  if (any == 0) return n;
  size_t i = 0;
  while (!is_not_finite(values[i])) ++i;
  return i;
}

}  // namespace gpt2run
