#include "loader/ggml_k_quants.h"

#include <cstdint>

#include "loader/convert.h"

namespace gpt2run {
namespace {

int signed_byte(unsigned char byte) {
  return static_cast<int8_t>(byte);
}

// Q4_K and Q5_K pack the scales and minima of 8 groups, 6 bits each, into 12 bytes: the first four
// of each in the low bits of bytes 0 to 7, the others in bytes 8 to 11 and in the high bits left.
struct ScaleAndMin {
  int scale;
  int min;
};
ScaleAndMin scale_and_min(const unsigned char* packed, int group) {
  if (group < 4) return {packed[group] & 63, packed[group + 4] & 63};
  return {(packed[group + 4] & 15) | (packed[group - 4] >> 6) << 4,
          packed[group + 4] >> 4 | (packed[group] >> 6) << 4};
}

// Q3_K's 16 scales, 6 bits each: the low 4 of two groups in each of bytes 0 to 7, the high 2 of
// four groups in each of bytes 8 to 11.
int q3_scale(const unsigned char* packed, int group) {
  const int low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
  const int high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
  return (low | high << 4) - 32;
}

}  // namespace

float ggml_scale_at(const unsigned char* bytes) {
  float value;
  to_float32(DType::kFloat16, reinterpret_cast<const char*>(bytes), 1, &value);
  return value;
}

void dequantize_q2_k(const unsigned char* block, float* out) {
  const unsigned char* scales = block;
  const unsigned char* bits = block + 16;
  const float d = ggml_scale_at(block + 80);
  const float d_min = ggml_scale_at(block + 82);
  for (int group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(scales[group] & 15);
    const float min = d_min * static_cast<float>(scales[group] >> 4);
    // Each half of the block has 32 bytes; a byte holds an item of each of its four rows of 32.
    const unsigned char* half = bits + 32 * (group / 8) + 16 * (group % 2);
    const int shift = 2 * (group / 2 % 4);
    for (int i = 0; i < 16; ++i) {
      out[16 * group + i] = scale * static_cast<float>(half[i] >> shift & 3) - min;
    }
  }
}

void dequantize_q3_k(const unsigned char* block, float* out) {
  const unsigned char* high_bits = block;  // bit n of byte i: item i of row n, of 8 rows of 32
  const unsigned char* low_bits = block + 32;
  const unsigned char* scales = block + 96;
  const float d = ggml_scale_at(block + 108);
  for (int group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(q3_scale(scales, group));
    const int row = group / 2, column = 16 * (group % 2);
    const unsigned char* low = low_bits + 32 * (row / 4) + column;
    const int shift = 2 * (row % 4);
    for (int i = 0; i < 16; ++i) {
      const int high = high_bits[column + i] >> row & 1;
      const int value = (low[i] >> shift & 3) - (high != 0 ? 0 : 4);
      out[16 * group + i] = scale * static_cast<float>(value);
    }
  }
}

void dequantize_q4_k(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block);
  const float d_min = ggml_scale_at(block + 2);
  const unsigned char* scales = block + 4;
  const unsigned char* bits = block + 16;
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(scales, group);
    const float d_group = d * static_cast<float>(scale);
    const float min_group = d_min * static_cast<float>(min);
    const unsigned char* nibbles = bits + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 32; ++i) {
      out[32 * group + i] = d_group * static_cast<float>(nibbles[i] >> shift & 15) - min_group;
    }
  }
}

void dequantize_q5_k(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block);
  const float d_min = ggml_scale_at(block + 2);
  const unsigned char* scales = block + 4;
  const unsigned char* high_bits = block + 16;  // bit n of byte i: item i of group n
  const unsigned char* bits = block + 48;
  for (int group = 0; group < 8; ++group) {
    const auto [scale, min] = scale_and_min(scales, group);
    const float d_group = d * static_cast<float>(scale);
    const float min_group = d_min * static_cast<float>(min);
    const unsigned char* nibbles = bits + 32 * (group / 2);
    const int shift = 4 * (group % 2);
    for (int i = 0; i < 32; ++i) {
      const int value = (nibbles[i] >> shift & 15) | (high_bits[i] >> group & 1) << 4;
      out[32 * group + i] = d_group * static_cast<float>(value) - min_group;
    }
  }
}

void dequantize_q6_k(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block + 208);
  for (int group = 0; group < 16; ++group) {
    const float scale = d * static_cast<float>(signed_byte(block[192 + group]));
    const int half = group / 8, row = group / 2 % 4, column = 16 * (group % 2);
    // Of the four rows of 32 in a half, 0 and 1 have their low bits in low nibbles.
    const unsigned char* low = block + 64 * half + 32 * (row % 2) + column;
    const unsigned char* high = block + 128 + 32 * half + column;
    for (int i = 0; i < 16; ++i) {
      const int value = (low[i] >> (4 * (row / 2)) & 15) | (high[i] >> (2 * row) & 3) << 4;
      out[16 * group + i] = scale * static_cast<float>(value - 32);
    }
  }
}

}  // namespace gpt2run
