#include "engine/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gpt2run {
namespace {

constexpr uint16_t kHalfInfinity = 0x7c00;
constexpr uint16_t kBFloat16Infinity = 0x7f80;
constexpr uint16_t kSign = 0x8000;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// By the format's definition: 10 digits after the point, an exponent with a bias of 15.
double half_by_definition(uint16_t half) {
  const int exponent = half >> 10 & 31, digits = half & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(digits, -24) : std::ldexp(1024 + digits, exponent - 25);
  return (half & kSign) != 0 ? -magnitude : magnitude;
}

TEST(Half, EveryOneIsReadByItsDefinition) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = half_to_float(half);
    const int magnitude = half & ~kSign & 0xffff;
    if (magnitude > kHalfInfinity) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else if (magnitude == kHalfInfinity) {
      ASSERT_EQ(value, half == kHalfInfinity ? kInfinity : -kInfinity);
    } else {
      ASSERT_EQ(value, half_by_definition(half)) << bits;
      ASSERT_EQ(std::signbit(value), half >= kSign) << bits;
    }
  }
}

TEST(Half, EveryFiniteOneRoundTrips) {
  for (uint16_t half = 0; half < kHalfInfinity; ++half) {
    const auto negative = static_cast<uint16_t>(half | kSign);
    ASSERT_EQ(float_to_half(half_to_float(half)), half);
    ASSERT_EQ(float_to_half(half_to_float(negative)), negative);
  }
}

// What rounding gives a value in the middle of two neighbours and the values right beside it.
template <class Round>
void expect_nearest_even(uint16_t lower, float middle, const Round& round) {
  const auto upper = static_cast<uint16_t>(lower + 1);
  const uint16_t even = lower % 2 == 0 ? lower : upper;
  ASSERT_EQ(round(middle), even) << middle;
  ASSERT_EQ(round(std::nextafter(middle, 0.0f)), lower) << middle;
  ASSERT_EQ(round(std::nextafter(middle, kInfinity)), upper) << middle;
  ASSERT_EQ(round(-middle), even | kSign) << middle;
  ASSERT_EQ(round(-std::nextafter(middle, 0.0f)), lower | kSign) << middle;
  ASSERT_EQ(round(-std::nextafter(middle, kInfinity)), upper | kSign) << middle;
}

TEST(Half, EveryTieGoesToTheEvenNeighbourAndAllElseToTheNearest) {
  for (uint16_t half = 0; half + 1 < kHalfInfinity; ++half) {
    const double middle =
        (half_by_definition(half) + half_by_definition(static_cast<uint16_t>(half + 1))) / 2;
    expect_nearest_even(half, static_cast<float>(middle), float_to_half);
  }
}

TEST(Half, WhatIsTooLargeBecomesTheLargest) {
  for (const float value :
       {65504.0f, 65505.0f, 65520.0f, 1e10f, std::numeric_limits<float>::max(), kInfinity}) {
    EXPECT_EQ(float_to_half(value), kHalfInfinity - 1) << value;
    EXPECT_EQ(float_to_half(-value), (kHalfInfinity - 1) | kSign) << value;
  }
}

TEST(Half, WhatIsTooSmallBecomesZeroWithItsSign) {
  for (const float value : {0.0f, 0x1p-149f, 0x1p-126f, 0x1p-40f, 0x1p-25f}) {
    EXPECT_EQ(float_to_half(value), 0) << value;
    EXPECT_EQ(float_to_half(-value), kSign) << value;
  }
}

TEST(BFloat16, EveryOneIsAFloatsUpperHalfAndRoundTrips) {
  for (uint16_t bits = 0; bits <= kBFloat16Infinity; ++bits) {
    const auto negative = static_cast<uint16_t>(bits | kSign);
    const float value = bfloat16_to_float(bits);
    const int exponent = bits >> 7, digits = bits & 127;
    const double expected =
        exponent == 0 ? std::ldexp(digits, -133) : std::ldexp(128 + digits, exponent - 134);
    ASSERT_EQ(value, bits == kBFloat16Infinity ? kInfinity : expected);
    ASSERT_EQ(bfloat16_to_float(negative), -value);
    ASSERT_EQ(float_to_bfloat16(value), bits);
    ASSERT_EQ(float_to_bfloat16(-value), negative);
  }
}

TEST(BFloat16, EveryTieGoesToTheEvenNeighbourAndAllElseToTheNearest) {
  for (uint16_t bits = 0; bits + 1 < kBFloat16Infinity; ++bits) {
    const double middle = (static_cast<double>(bfloat16_to_float(bits)) +
                           bfloat16_to_float(static_cast<uint16_t>(bits + 1))) /
                          2;
    expect_nearest_even(bits, static_cast<float>(middle), float_to_bfloat16);
  }
}

}  // namespace
}  // namespace gpt2run
