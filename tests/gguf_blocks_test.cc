// GGUF's quantized blocks, packed as they are.

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "engine/half.h"
#include "engine/weight.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

// Blocks with every kind of scale that is finite, and every byte.
std::vector<unsigned char> random_blocks(size_t n, size_t block_bytes) {
  std::mt19937 random(1);
  std::vector<unsigned char> blocks(n * block_bytes);
  for (unsigned char& byte : blocks) byte = static_cast<unsigned char>(random() >> 8);
  for (size_t i = 0; i < blocks.size(); i += block_bytes) {
    if ((blocks[i + 1] & 0x7c) == 0x7c) blocks[i + 1] ^= 0x40;  // neither Inf nor NaN
  }
  return blocks;
}

float scale_of(const unsigned char* block) {
  return half_to_float(static_cast<uint16_t>(block[0] | block[1] << 8));
}

// By the formats' definitions: number i of a block.
float q8_value(const unsigned char* block, int i) {
  signed char q = 0;
  std::memcpy(&q, block + 2 + i, 1);
  return scale_of(block) * static_cast<float>(q);
}
float q4_value(const unsigned char* block, int i) {
  const int byte = block[2 + i % 16];
  return scale_of(block) * static_cast<float>((i < 16 ? byte & 15 : byte >> 4) - 8);
}

void expect_dequantized(WeightType type, int block_bytes,
                        float (*value)(const unsigned char* block, int i)) {
  for (const auto& [n_in, n_out] : {std::pair{32, 1}, {64, 64}, {96, 65}, {768, 130}}) {
    const int n_groups = n_in / kGroupRows;
    const std::vector<unsigned char> blocks =
        random_blocks(static_cast<size_t>(n_out * n_groups), static_cast<size_t>(block_bytes));
    const PackedMatrix packed(type, n_in, n_out);
    pack_blocks(blocks.data(), packed.weight());
    const Matrix values = unpacked(packed.weight());
    for (int j = 0; j < n_out; ++j) {
      for (int i = 0; i < n_in; ++i) {
        const int block = j * n_groups + i / kGroupRows;
        ASSERT_EQ(values(i, j), value(blocks.data() + block * block_bytes, i % kGroupRows));
      }
    }
  }
}

TEST(GgufBlocks, OfQ8HaveTheValuesOfItsDefinition) {
  expect_dequantized(WeightType::kInt8, kQ8Bytes, q8_value);
}

TEST(GgufBlocks, OfQ4HaveTheValuesOfItsDefinition) {
  expect_dequantized(WeightType::kInt4, kQ4Bytes, q4_value);
}

}  // namespace
}  // namespace gpt2run
