#include "loader/convert.h"

#include <gtest/gtest.h>

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
