#include "engine/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/half.h"
#include "engine/weight.h"

namespace gpt2run {
namespace {

using Column = float[kPanelCols];

// To the nearest integer, ties to even, for magnitudes below 2^22: an addition that every compiler
// turns into vector code.
float round_nearest(float x) {
  constexpr float kMagic = 0x1.8p23f;
  return (x + kMagic) - kMagic;
}

float clamp(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

// Each scale as the half that is stored, and its inverse for the multiplication (0 for 0).
void store_scales(const Column& scales, std::byte* out, Column& inverse) {
  uint16_t halves[kPanelCols];
  for (int j = 0; j < kPanelCols; ++j) {
    halves[j] = float_to_half(scales[j]);
    const float stored = half_to_float(halves[j]);
    inverse[j] = stored == 0 ? 0 : 1 / stored;
  }
  std::memcpy(out, halves, sizeof(halves));
}

// The value of largest magnitude of each column, with its sign.
void find_extremes(const float* block, Column& extremes) {
  std::copy_n(block, kPanelCols, extremes);
  for (int i = 1; i < kGroupRows; ++i) {
    for (int j = 0; j < kPanelCols; ++j) {
      const float x = block[i * kPanelCols + j];
      extremes[j] = std::fabs(x) > std::fabs(extremes[j]) ? x : extremes[j];
    }
  }
}

// The sum of the squared errors of each column under these scales.
void measure_error(const float* block, const Column& scales, Column& error) {
  Column inverse;
  for (int j = 0; j < kPanelCols; ++j) {
    inverse[j] = scales[j] == 0 ? 0 : 1 / scales[j];
    error[j] = 0;
  }
  for (int i = 0; i < kGroupRows; ++i) {
    for (int j = 0; j < kPanelCols; ++j) {
      const float x = block[i * kPanelCols + j];
      const float q = round_nearest(clamp(x * inverse[j], -8, 7));
      const float e = x - q * scales[j];
      error[j] += e * e;
    }
  }
}

}  // namespace

void quantize_int8(const float* block, std::byte* out) {
  Column scales, inverse;
  find_extremes(block, scales);
  for (float& scale : scales) scale = std::fabs(scale) / 127;
  store_scales(scales, out, inverse);
  auto* items = reinterpret_cast<uint8_t*>(out) + kPanelCols * sizeof(uint16_t);
  for (int i = 0; i < kGroupRows; ++i) {
    for (int j = 0; j < kPanelCols; ++j) {
      const float q = round_nearest(clamp(block[i * kPanelCols + j] * inverse[j], -127, 127));
      items[(i / 4 * kPanelCols + j) * 4 + i % 4] = static_cast<uint8_t>(static_cast<int>(q) + 128);
    }
  }
}

void quantize_int4(const float* block, std::byte* out) {
  // Divisors of the extreme value, which has the side with one step more.
  constexpr float kDivisors[] = {-8.0f, -7.5f, -7.0f, -8.6f, -6.5f, 8.0f};
  Column extremes, best, best_error, inverse;
  find_extremes(block, extremes);
  for (const float divisor : kDivisors) {
    Column scales, error;
    for (int j = 0; j < kPanelCols; ++j) scales[j] = extremes[j] / divisor;
    measure_error(block, scales, error);
    for (int j = 0; j < kPanelCols; ++j) {
      const bool better = divisor == kDivisors[0] || error[j] < best_error[j];
      best[j] = better ? scales[j] : best[j];
      best_error[j] = better ? error[j] : best_error[j];
    }
  }
  store_scales(best, out, inverse);
  uint8_t items[kGroupRows][kPanelCols];
  for (int i = 0; i < kGroupRows; ++i) {
    for (int j = 0; j < kPanelCols; ++j) {
      const float q = round_nearest(clamp(block[i * kPanelCols + j] * inverse[j], -8, 7));
      items[i][j] = static_cast<uint8_t>(static_cast<int>(q) + 8);
    }
  }
  auto* packed = reinterpret_cast<uint8_t*>(out) + kPanelCols * sizeof(uint16_t);
  for (int i = 0; i < kGroupRows / 2; ++i) {
    for (int j = 0; j < kPanelCols; ++j) {
      packed[(i / 4 * kPanelCols + j) * 4 + i % 4] =
          static_cast<uint8_t>(items[i][j] | items[i + kGroupRows / 2][j] << 4);
    }
  }
}

}  // namespace gpt2run
