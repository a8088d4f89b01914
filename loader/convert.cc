#include "loader/convert.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <vector>

#include "loader/tensor_checks.h"

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

constexpr uint32_t kInfinity = 0x7F800000u;

// The high bits of a NaN's fraction, never all zero, which would be infinity.
uint32_t nan_fraction(uint32_t fraction, int n_dropped, uint32_t quiet) {
  const uint32_t kept = fraction >> n_dropped;
  return kept == 0 ? quiet : kept;
}

// Adding just under half a unit of the last place kept, and that place's own bit, rounds to the
// nearest, ties to even; a carry into the exponent is right too.
uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rest = bits & 0x7FFFFFFFu;
  const uint32_t rounded = (rest + 0x7FFFu + (rest >> 16 & 1)) >> 16;
  const uint32_t nan = 0x7F80u | nan_fraction(rest & 0x007FFFFFu, 16, 0x40u);
  return static_cast<uint16_t>((bits >> 16 & 0x8000u) | (rest > kInfinity ? nan : rounded));
}

// All cases are computed and one chosen, so that the loop below becomes vector code.
uint16_t float_to_float16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rest = bits & 0x7FFFFFFFu;
  // The exponent counts from 2^-15, not from 2^-127; from 65520 on the sum is infinity's.
  const uint32_t normal = (rest - (112u << 23) + 0x0FFFu + (rest >> 13 & 1)) >> 13;
  // The last place of 0.5f is float16's smallest number, so this sum ends where float16 does.
  const uint32_t small =
      std::bit_cast<uint32_t>(std::bit_cast<float>(rest) + 0.5f) - std::bit_cast<uint32_t>(0.5f);
  const uint32_t nan = 0x7C00u | nan_fraction(rest & 0x007FFFFFu, 13, 0x200u);
  uint32_t half = rest < (113u << 23) ? small : normal;
  half = rest >= (143u << 23) ? 0x7C00u : half;
  half = rest > kInfinity ? nan : half;
  return static_cast<uint16_t>((bits >> 16 & 0x8000u) | half);
}

template <uint16_t (*round)(float)>
void store_16(const float* values, size_t n, char* bytes) {
  for (size_t i = 0; i < n; ++i) {
    const uint16_t bits = round(values[i]);
    std::memcpy(bytes + 2 * i, &bits, sizeof(bits));
  }
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
  } else if (dtype == DType::kBFloat16) {
    for (size_t i = 0; i < n; ++i) out[i] = bfloat16_to_float(load_16(bytes + 2 * i));
  } else {
    assert(dtype == DType::kFloat64);
    for (size_t i = 0; i < n; ++i) {
      double value;
      std::memcpy(&value, bytes + 8 * i, sizeof(value));
      out[i] = static_cast<float>(value);
    }
  }
}

void from_float32(DType dtype, const float* values, size_t n, char* bytes) {
  if (dtype == DType::kFloat32) {
    std::memcpy(bytes, values, n * sizeof(float));
  } else if (dtype == DType::kFloat16) {
    store_16<float_to_float16>(values, n, bytes);
  } else {
    assert(dtype == DType::kBFloat16);
    store_16<float_to_bfloat16>(values, n, bytes);
  }
}

size_t find_too_large(DType dtype, const float* values, size_t n) {
  if (dtype == DType::kFloat32) return n;
  // Half a unit of the last place above the largest number, from where ties go to infinity.
  const uint32_t limit = dtype == DType::kFloat16 ? 0x477FF000u : 0x7F7F8000u;
  const auto is_too_large = [&](float value) {
    const uint32_t rest = std::bit_cast<uint32_t>(value) & 0x7FFFFFFFu;
    return rest - limit < kInfinity - limit;
  };
  uint32_t any = 0;  // as in find_not_finite
  for (size_t i = 0; i < n; ++i) any |= is_too_large(values[i]) ? 1u : 0u;
  if (any == 0) return n;
  size_t i = 0;
  while (!is_too_large(values[i])) ++i;
  return i;
}

size_t item_size(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return 8;
    case DType::kFloat32:
      return 4;
    case DType::kFloat16:
    case DType::kBFloat16:
      return 2;
    default:
      return 0;
  }
}

void read_items(const InputFile& file, uint64_t offset, DType dtype, uint64_t n, ItemsOut out,
                const BytesRead& on_bytes, const ReadProgress& on_read) {
  const size_t size = item_size(dtype);
  std::vector<char> buffer(dtype == DType::kFloat32 ? 0 : out.n_piece() * size);
  for (uint64_t done = 0; done < n;) {
    const size_t n_piece = std::min<uint64_t>(out.n_piece(), n - done);
    float* const items = out.at(done);
    char* const bytes = dtype == DType::kFloat32 ? reinterpret_cast<char*>(items) : buffer.data();
    file.read_at(offset + done * size, bytes, n_piece * size);
    if (on_bytes) on_bytes(bytes, n_piece * size);
    to_float32(dtype, bytes, n_piece, items);
    if (on_read) on_read(items, n_piece);
    done += n_piece;
  }
}

void read_pieces(const InputFile& file, uint64_t offset, uint64_t n_bytes,
                 const BytesRead& on_bytes, uint64_t n_piece) {
  std::vector<char> buffer(std::min(n_piece, n_bytes));
  for (uint64_t done = 0; done < n_bytes;) {
    const size_t n = std::min(n_piece, n_bytes - done);
    file.read_at(offset + done, buffer.data(), n);
    if (on_bytes) on_bytes(buffer.data(), n);
    done += n;
  }
}

void read_tensor_pieces(const InputFile& file, uint64_t offset, const TensorInfo& tensor,
                        const BytesRead& on_bytes, uint64_t n_piece) {
  naming_tensor(file, tensor.name, offset,
                [&] { read_pieces(file, offset, tensor.n_bytes, on_bytes, n_piece); });
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
