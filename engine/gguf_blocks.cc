#include <cassert>
#include <cstring>

#include "engine/weight.h"

namespace gpt2run {
namespace {

// One block of 32 inputs of one column.
//   group  where the panel has these inputs
void put_q8(const unsigned char* block, std::byte* group, int column) {
  std::memcpy(group + column * sizeof(uint16_t), block, sizeof(uint16_t));
  auto* items = reinterpret_cast<uint8_t*>(group) + kPanelCols * sizeof(uint16_t);
  for (int i = 0; i < kGroupRows; ++i) {
    items[(i / 4 * kPanelCols + column) * 4 + i % 4] = block[2 + i] ^ 0x80;  // + 128
  }
}

// Input i is the lower, input i + 16 the upper half of byte i: as in the panel.
void put_q4(const unsigned char* block, std::byte* group, int column) {
  std::memcpy(group + column * sizeof(uint16_t), block, sizeof(uint16_t));
  auto* items = reinterpret_cast<uint8_t*>(group) + kPanelCols * sizeof(uint16_t);
  for (int i = 0; i < kGroupRows / 2; ++i) {
    items[(i / 4 * kPanelCols + column) * 4 + i % 4] = block[2 + i];
  }
}

}  // namespace

// What stands behind the last column counts as zero: scales of zero, which the storage starts with.
void pack_blocks(const unsigned char* blocks, const Weight& weight, int first, int n) {
  assert(weight.n_in % kGroupRows == 0);
  assert(weight.type == WeightType::kInt8 || weight.type == WeightType::kInt4);
  const bool is_q8 = weight.type == WeightType::kInt8;
  const int n_groups = weight.n_in / kGroupRows;
  const size_t group_size = group_bytes(weight.type);
  for (int column = first; column < first + n; ++column) {
    std::byte* group = panel_of(weight, column / kPanelCols);
    for (int g = 0; g < n_groups; ++g, group += group_size) {
      (is_q8 ? put_q8 : put_q4)(blocks, group, column % kPanelCols);
      blocks += is_q8 ? kQ8Bytes : kQ4Bytes;
    }
  }
}

void pack_blocks(const unsigned char* blocks, const Weight& weight) {
  pack_blocks(blocks, weight, 0, weight.n_out);
}

}  // namespace gpt2run
