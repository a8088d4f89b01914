#include "loader/ggml_types.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "loader/convert.h"
#include "loader/ggml_k_quants.h"

namespace gpt2run {
namespace {

// Items i and i + 16 of a block of 32 share a byte.
int nibble(const unsigned char* nibbles, int i) {
  return nibbles[i % 16] >> (i < 16 ? 0 : 4) & 15;
}

// The fifth bits of a block's 32 items stand in four bytes.
int fifth_bit(const unsigned char* bits, int i) {
  return (bits[i / 8] >> (i % 8) & 1) << 4;
}

void dequantize_q4_0(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(block + 2, i) - 8);
}

void dequantize_q4_1(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block), min = ggml_scale_at(block + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(block + 4, i)) + min;
}

void dequantize_q5_0(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block);
  for (int i = 0; i < 32; ++i) {
    out[i] = d * static_cast<float>((nibble(block + 6, i) | fifth_bit(block + 2, i)) - 16);
  }
}

void dequantize_q5_1(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block), min = ggml_scale_at(block + 2);
  for (int i = 0; i < 32; ++i) {
    out[i] = d * static_cast<float>(nibble(block + 8, i) | fifth_bit(block + 4, i)) + min;
  }
}

void dequantize_q8_0(const unsigned char* block, float* out) {
  const float d = ggml_scale_at(block);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<int8_t>(block[2 + i]));
}

constexpr GgmlType kTypes[] = {
    {0, "F32", 1, 4, DType::kFloat32, nullptr},
    {1, "F16", 1, 2, DType::kFloat16, nullptr},
    {2, "Q4_0", 32, 18, DType::kQuantized, dequantize_q4_0},
    {3, "Q4_1", 32, 20, DType::kQuantized, dequantize_q4_1},
    {6, "Q5_0", 32, 22, DType::kQuantized, dequantize_q5_0},
    {7, "Q5_1", 32, 24, DType::kQuantized, dequantize_q5_1},
    {8, "Q8_0", 32, 34, DType::kQuantized, dequantize_q8_0},
    {9, "Q8_1", 32, 36, DType::kOther, nullptr},
    {10, "Q2_K", 256, 84, DType::kQuantized, dequantize_q2_k},
    {11, "Q3_K", 256, 110, DType::kQuantized, dequantize_q3_k},
    {12, "Q4_K", 256, 144, DType::kQuantized, dequantize_q4_k},
    {13, "Q5_K", 256, 176, DType::kQuantized, dequantize_q5_k},
    {14, "Q6_K", 256, 210, DType::kQuantized, dequantize_q6_k},
    {15, "Q8_K", 256, 292, DType::kOther, nullptr},
    {16, "IQ2_XXS", 256, 66, DType::kOther, nullptr},
    {17, "IQ2_XS", 256, 74, DType::kOther, nullptr},
    {18, "IQ3_XXS", 256, 98, DType::kOther, nullptr},
    {19, "IQ1_S", 256, 50, DType::kOther, nullptr},
    {20, "IQ4_NL", 32, 18, DType::kOther, nullptr},
    {21, "IQ3_S", 256, 110, DType::kOther, nullptr},
    {22, "IQ2_S", 256, 82, DType::kOther, nullptr},
    {23, "IQ4_XS", 256, 136, DType::kOther, nullptr},
    {24, "I8", 1, 1, DType::kOther, nullptr},
    {25, "I16", 1, 2, DType::kOther, nullptr},
    {26, "I32", 1, 4, DType::kInt32, nullptr},
    {27, "I64", 1, 8, DType::kInt64, nullptr},
    {28, "F64", 1, 8, DType::kFloat64, nullptr},
    {29, "IQ1_M", 256, 56, DType::kOther, nullptr},
    {30, "BF16", 1, 2, DType::kBFloat16, nullptr},
    {34, "TQ1_0", 256, 54, DType::kOther, nullptr},
    {35, "TQ2_0", 256, 66, DType::kOther, nullptr},
    {39, "MXFP4", 32, 17, DType::kOther, nullptr},
    {40, "NVFP4", 64, 36, DType::kOther, nullptr},
    {41, "Q1_0", 128, 18, DType::kOther, nullptr},
};

}  // namespace

const GgmlType* find_ggml_type(uint32_t number) {
  for (const GgmlType& type : kTypes) {
    if (type.number == number) return &type;
  }
  return nullptr;
}

std::string ggml_type_text(const GgmlType& type) {
  const bool is_own = type.dtype == DType::kQuantized || type.dtype == DType::kOther;
  return is_own ? type.name : dtype_name(type.dtype);
}

void read_ggml_items(const InputFile& file, uint64_t offset, const GgmlType& type, uint64_t n,
                     ItemsOut out, const ReadProgress& on_read) {
  if (type.dequantize == nullptr) {
    read_items(file, offset, type.dtype, n, std::move(out), {}, on_read);
    return;
  }
  assert(n % type.block_items == 0 && out.n_piece() % type.block_items == 0);
  const size_t n_blocks_at_once = out.n_piece() / type.block_items;
  std::vector<unsigned char> blocks(n_blocks_at_once * type.block_bytes);
  for (uint64_t done = 0; done < n;) {
    const size_t n_blocks = std::min<uint64_t>(n_blocks_at_once, (n - done) / type.block_items);
    file.read_at(offset, blocks.data(), n_blocks * type.block_bytes);
    offset += n_blocks * type.block_bytes;
    float* const items = out.at(done);
    for (size_t i = 0; i < n_blocks; ++i) {
      type.dequantize(blocks.data() + i * type.block_bytes, items + i * type.block_items);
    }
    if (on_read) on_read(items, n_blocks * type.block_items);
    done += n_blocks * type.block_items;
  }
}

}  // namespace gpt2run
