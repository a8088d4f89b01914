#include "loader/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace gpt2run {
namespace {

// sign * 2^exponent * fraction, from the definition of the format.
double value_of(int bits, int n_exponent, int n_fraction) {
  const int bias = (1 << (n_exponent - 1)) - 1;
  const int exponent = bits >> n_fraction & ((1 << n_exponent) - 1);
  const int fraction = bits & ((1 << n_fraction) - 1);
  const double sign = bits >> (n_exponent + n_fraction) != 0 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - n_fraction);
  return sign * std::ldexp(fraction + (1 << n_fraction), exponent - bias - n_fraction);
}

void expect_all_exact(DType dtype, int n_exponent, int n_fraction) {
  for (int bits = 0; bits < 65536; ++bits) {
    const uint16_t stored = static_cast<uint16_t>(bits);
    char bytes[3];
    std::memcpy(bytes + 1, &stored, 2);  // not aligned
    float found = 0;
    to_float32(dtype, bytes + 1, 1, &found);
    const int max_exponent = (1 << n_exponent) - 1;
    if ((bits >> n_fraction & max_exponent) == max_exponent) {
      const bool is_nan = (bits & ((1 << n_fraction) - 1)) != 0;
      ASSERT_EQ(std::isnan(found), is_nan) << bits;
      ASSERT_EQ(std::isinf(found), !is_nan) << bits;
    } else {
      ASSERT_EQ(found, static_cast<float>(value_of(bits, n_exponent, n_fraction))) << bits;
    }
    ASSERT_EQ(std::signbit(found), bits >= 32768) << bits;
  }
}

TEST(ToFloat32, EveryFloat16IsExact) {
  expect_all_exact(DType::kFloat16, 5, 10);
}

TEST(ToFloat32, EveryBFloat16IsExact) {
  expect_all_exact(DType::kBFloat16, 8, 7);
}

uint16_t stored_16(DType dtype, float value) {
  char bytes[3];
  from_float32(dtype, &value, 1, bytes + 1);  // not aligned
  uint16_t bits;
  std::memcpy(&bits, bytes + 1, 2);
  return bits;
}

float value_16(DType dtype, uint16_t bits) {
  float value = 0;
  to_float32(dtype, reinterpret_cast<const char*>(&bits), 1, &value);
  return value;
}

// Between every two neighbours: what is nearer to one becomes that one, what is halfway the even.
void expect_rounding(DType dtype, int n_exponent, int n_fraction) {
  const int first_infinite = ((1 << n_exponent) - 1) << n_fraction;
  for (int bits = 0; bits < first_infinite; ++bits) {
    const auto low = static_cast<uint16_t>(bits), high = static_cast<uint16_t>(bits + 1);
    // Past the largest number its neighbour would be the next power of two.
    const double middle = (value_of(bits, n_exponent, n_fraction) +
                           (bits + 1 < first_infinite ? value_of(bits + 1, n_exponent, n_fraction)
                                                      : std::ldexp(1.0, 1 << (n_exponent - 1)))) /
                          2;
    const float halfway = static_cast<float>(middle);
    ASSERT_EQ(halfway, middle) << bits;
    const float below = std::nextafterf(halfway, 0);
    const float above = std::nextafterf(halfway, std::numeric_limits<float>::infinity());
    ASSERT_EQ(stored_16(dtype, halfway), bits % 2 == 0 ? low : high) << bits;
    ASSERT_EQ(stored_16(dtype, below), low) << bits;
    ASSERT_EQ(stored_16(dtype, above), high) << bits;
    ASSERT_EQ(stored_16(dtype, -below), low | 0x8000) << bits;
    ASSERT_EQ(stored_16(dtype, -above), high | 0x8000) << bits;
  }
}

void expect_all_kept(DType dtype) {
  for (int bits = 0; bits < 65536; ++bits) {
    const auto stored = static_cast<uint16_t>(bits);
    ASSERT_EQ(stored_16(dtype, value_16(dtype, stored)), stored);
  }
}

TEST(FromFloat32, EveryFloat16ComesBack) {
  expect_all_kept(DType::kFloat16);
}

TEST(FromFloat32, EveryBFloat16ComesBack) {
  expect_all_kept(DType::kBFloat16);
}

TEST(FromFloat32, RoundsToTheNearestFloat16) {
  expect_rounding(DType::kFloat16, 5, 10);
}

TEST(FromFloat32, RoundsToTheNearestBFloat16) {
  expect_rounding(DType::kBFloat16, 8, 7);
}

TEST(FromFloat32, EveryNaNStaysOne) {
  for (const uint32_t bits : {0x7F800001u, 0x7F801FFFu, 0x7FC00000u, 0xFF800001u, 0xFFFFFFFFu}) {
    const float nan = std::bit_cast<float>(bits);
    for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
      const float found = value_16(dtype, stored_16(dtype, nan));
      EXPECT_TRUE(std::isnan(found)) << bits;
      EXPECT_EQ(std::signbit(found), std::signbit(nan)) << bits;
    }
  }
}

TEST(FromFloat32, Float32IsCopied) {
  const std::vector<float> values = {1.1f, -0.0f, std::numeric_limits<float>::denorm_min()};
  std::vector<float> found(3);
  from_float32(DType::kFloat32, values.data(), 3, reinterpret_cast<char*>(found.data()));
  EXPECT_EQ(std::memcmp(found.data(), values.data(), 12), 0);
}

TEST(FindTooLarge, FindsTheFirstFiniteValueThatBecomesInfinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
    const bool is_half = dtype == DType::kFloat16;
    const float limit = is_half ? 65520.0f : std::bit_cast<float>(0x7F7F8000u);
    std::vector<float> values(1000, std::nextafterf(limit, 0));
    values[1] = infinity;
    values[2] = std::nanf("");
    EXPECT_EQ(find_too_large(dtype, values.data(), values.size()), 1000u);
    values[998] = -limit;
    EXPECT_EQ(find_too_large(dtype, values.data(), values.size()), 998u);
    values[3] = std::numeric_limits<float>::max();
    EXPECT_EQ(find_too_large(dtype, values.data(), values.size()), 3u);
    EXPECT_EQ(find_too_large(DType::kFloat32, values.data(), values.size()), 1000u);
    EXPECT_EQ(find_too_large(dtype, values.data(), 0), 0u);
  }
}

TEST(FindNotFinite, FindsTheFirst) {
  std::vector<float> values(1000, std::numeric_limits<float>::max());
  values[3] = -std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(find_not_finite(values.data(), values.size()), 1000u);
  values[999] = std::nanf("");
  EXPECT_EQ(find_not_finite(values.data(), values.size()), 999u);
  values[17] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(find_not_finite(values.data(), values.size()), 17u);
  EXPECT_EQ(find_not_finite(values.data(), 0), 0u);
}

}  // namespace
}  // namespace gpt2run
