// bfloat16 packed as it is stored.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "engine/half.h"
#include "engine/weight.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1},   {2, 64},   {31, 65},  {32, 64},
                                          {33, 63}, {64, 128}, {96, 129}, {200, 257}};

// [n_in, n_out] finite numbers, among them zeros of both signs, subnormal and the largest ones.
std::vector<uint16_t> random_bits(int n_in, int n_out) {
  std::mt19937 random(3);
  std::vector<uint16_t> bits(static_cast<size_t>(n_in) * static_cast<size_t>(n_out));
  for (uint16_t& number : bits) {
    number = static_cast<uint16_t>(random() >> 8);
    if (random() % 8 == 0) number &= 0x807f;            // zero and subnormal
    if ((number & 0x7f80) == 0x7f80) number ^= 0x0080;  // neither Inf nor NaN, but the largest
  }
  return bits;
}

std::vector<uint16_t> transposed(const std::vector<uint16_t>& bits, int n_in, int n_out) {
  std::vector<uint16_t> turned;
  for (int j = 0; j < n_out; ++j) {
    for (int i = 0; i < n_in; ++i) turned.push_back(bits[static_cast<size_t>(i * n_out + j)]);
  }
  return turned;
}

// The rows' bytes one byte off every alignment, a band of `n_bands` at a time, from the end.
bool pack_in_bands(const std::vector<uint16_t>& rows, MatrixOrder order, const Weight& weight,
                   int n_bands) {
  const int n_rows = order == MatrixOrder::kInOut ? weight.n_in : weight.n_out;
  const size_t n_row_bytes = rows.size() / static_cast<size_t>(n_rows) * sizeof(uint16_t);
  const int step = n_bands * band_rows(order);
  bool is_finite = true;
  for (int first = (n_rows - 1) / step * step; first >= 0; first -= step) {
    const int n = std::min(step, n_rows - first);
    const size_t n_bytes = static_cast<size_t>(n) * n_row_bytes;
    std::vector<std::byte> band(n_bytes + 1);  // of just that size, for a sanitizer
    std::memcpy(
        band.data() + 1,
        reinterpret_cast<const std::byte*>(rows.data()) + static_cast<size_t>(first) * n_row_bytes,
        n_bytes);
    is_finite &= pack_bfloat16_rows(band.data() + 1, order, weight, first, n);
  }
  return is_finite;
}

TEST(PackBFloat16, KeepsEveryBitInBothOrders) {
  for (const auto& [n_in, n_out] : kSizes) {
    const std::vector<uint16_t> bits = random_bits(n_in, n_out);
    Matrix values(n_in, n_out);
    std::transform(bits.begin(), bits.end(), values.data(), bfloat16_to_float);
    const PackedMatrix expected(values, WeightType::kBFloat16);
    for (const int n_bands : {1, 3, 100}) {
      PackedMatrix inputs(WeightType::kBFloat16, n_in, n_out);
      EXPECT_TRUE(pack_in_bands(bits, MatrixOrder::kInOut, inputs.weight(), n_bands));
      EXPECT_EQ(inputs.bytes(), expected.bytes()) << n_in << " x " << n_out;
      PackedMatrix outputs(WeightType::kBFloat16, n_in, n_out);
      EXPECT_TRUE(pack_in_bands(transposed(bits, n_in, n_out), MatrixOrder::kOutIn,
                                outputs.weight(), n_bands));
      EXPECT_EQ(outputs.bytes(), expected.bytes()) << n_in << " x " << n_out;
    }
  }
}

// In whole groups, at the end of the inputs, and at the end of the outputs.
TEST(PackBFloat16, NaNAndInfinityAreFoundWhereverTheyStand) {
  constexpr int kIn = 70, kOut = 130;
  for (const auto& [row, column] : {std::pair{0, 0}, {31, 63}, {37, 64}, {69, 5}, {3, 129}}) {
    for (const uint16_t bad : {0x7f80, 0xff80, 0x7f81, 0xffff}) {
      std::vector<uint16_t> bits = random_bits(kIn, kOut);
      bits[static_cast<size_t>(row * kOut + column)] = bad;
      const PackedMatrix packed(WeightType::kBFloat16, kIn, kOut);
      EXPECT_FALSE(pack_in_bands(bits, MatrixOrder::kInOut, packed.weight(), 1));
      EXPECT_FALSE(
          pack_in_bands(transposed(bits, kIn, kOut), MatrixOrder::kOutIn, packed.weight(), 1))
          << row << " " << column;
    }
  }
}

}  // namespace
}  // namespace gpt2run
