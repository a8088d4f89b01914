// float16 numbers in the kernels of every instruction set: the cache of keys and values has such.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/half.h"
#include "support/each_isa.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr int kHalves = 1 << 16;
constexpr uint16_t kHalfInfinity = 0x7c00;

std::vector<uint16_t> all_halves() {
  std::vector<uint16_t> halves(kHalves);
  for (int i = 0; i < kHalves; ++i) halves[static_cast<size_t>(i)] = static_cast<uint16_t>(i);
  return halves;
}

class Halves : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Halves);

TEST_P(Halves, BecomeTheFloatsThatTheyAre) {
  std::vector<float> found(kHalves);
  k.from_halves(all_halves().data(), kHalves, found.data());
  for (int i = 0; i < kHalves; ++i) {
    const float expected = half_to_float(static_cast<uint16_t>(i)),
                x = found[static_cast<size_t>(i)];
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(x)) << i;
    } else {
      ASSERT_EQ(x, expected) << i;
      ASSERT_EQ(std::signbit(x), std::signbit(expected)) << i;
    }
  }
}

// Every float16, what lies in the middle between two and next to that; and what is beyond them.
TEST_P(Halves, AreTheNearestToAFloat) {
  std::vector<float> x;
  for (uint16_t half = 0; half < kHalfInfinity; ++half) {
    const float value = half_to_float(half);
    const float middle = half + 1 < kHalfInfinity ? (value + half_to_float(half + 1)) / 2 : 65520;
    for (const float v : {value, middle, std::nextafter(middle, 0.0f),
                          std::nextafter(middle, std::numeric_limits<float>::max())}) {
      x.push_back(v);
      x.push_back(-v);
    }
  }
  for (const float v : {1e-8f, 1e-40f, 1e6f, std::numeric_limits<float>::max()}) {
    x.push_back(v);
    x.push_back(-v);
  }
  std::vector<uint16_t> found(x.size());
  k.to_halves(x.data(), static_cast<int>(x.size()), found.data());
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(found[i], float_to_half(x[i])) << x[i];
}

TEST_P(Halves, KeepInfAndNan) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const float x[] = {inf, -inf, nan, -nan};
  uint16_t halves[4];
  float found[4];
  k.to_halves(x, 4, halves);
  k.from_halves(halves, 4, found);
  EXPECT_EQ(found[0], inf);
  EXPECT_EQ(found[1], -inf);
  EXPECT_TRUE(std::isnan(found[2]));
  EXPECT_TRUE(std::isnan(found[3]));
}

TEST_P(Halves, AreConvertedInAnyNumber) {
  const std::vector<float> x = random_numbers(40, 1);
  for (int n = 1; n <= 40; ++n) {
    std::vector<uint16_t> halves(41, 0x4242);
    std::vector<float> back(41, 1234);
    k.to_halves(x.data(), n, halves.data());
    k.from_halves(halves.data(), n, back.data());
    for (size_t i = 0; i < 41; ++i) {
      const bool is_inside = i < static_cast<size_t>(n);
      ASSERT_EQ(halves[i], is_inside ? float_to_half(x[i]) : 0x4242);
      ASSERT_EQ(back[i], is_inside ? half_to_float(halves[i]) : 1234);
    }
  }
}

// The sums have the same bits as with those numbers in float32.
TEST_P(Halves, AreMultipliedAsTheFloatsThatTheyAre) {
  for (const int width : {16, 32, 48, 64}) {
    for (const int n_in : {1, 3, 33, 64}) {
      std::vector<uint16_t> panel(static_cast<size_t>(n_in * width));
      Matrix wide = random_matrix(n_in, width, 3);
      k.to_halves(wide.data(), n_in * width, panel.data());
      k.from_halves(panel.data(), n_in * width, wide.data());
      const Matrix x = random_matrix(kTileRows, n_in + 7, 4), start = random_matrix(6, 80, 5);
      for (int n_rows = 1; n_rows <= kTileRows; ++n_rows) {
        for (const bool adds : {false, true}) {
          Matrix found = start, expected = start;
          PanelJob<float> job = {.x = x.data(),
                                 .x_stride = x.cols(),
                                 .n_rows = n_rows,
                                 .panel = reinterpret_cast<const std::byte*>(panel.data()),
                                 .panel_stride = width,
                                 .n_in = n_in,
                                 .first_col = 0,
                                 .n_cols = width,
                                 .sums = found.data(),
                                 .sums_stride = 80,
                                 .add_to_sums = adds};
          k.multiply_f16(job);
          job.panel = reinterpret_cast<const std::byte*>(wide.data());
          job.sums = expected.data();
          k.multiply_f32(job);
          ASSERT_EQ(found, expected) << n_in << " x " << width << ", " << n_rows << " rows";
        }
      }
    }
  }
}

}  // namespace
}  // namespace gpt2run
