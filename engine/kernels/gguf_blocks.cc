#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "engine/weight.h"

namespace gpt2run {
namespace {

// One block of 32 inputs of one column, four bytes at a time as the panel has them side by side.
//   group  where the panel has these inputs
//   flip   of every byte
template <int n_item_bytes, uint32_t flip>
void put_block(const unsigned char* block, std::byte* group, int column) {
  std::memcpy(group + column * sizeof(uint16_t), block, sizeof(uint16_t));
  std::byte* items = group + kPanelCols * sizeof(uint16_t) + column * sizeof(uint32_t);
  for (int i = 0; i < n_item_bytes; i += 4, items += kPanelCols * sizeof(uint32_t)) {
    uint32_t four;
    std::memcpy(&four, block + sizeof(uint16_t) + i, sizeof(four));
    four ^= flip;
    std::memcpy(items, &four, sizeof(four));
  }
}

// + 128 in each byte.
constexpr auto put_q8 = put_block<kGroupRows, 0x80808080>;
// Input i is the lower, input i + 16 the upper half of byte i: as in the panel.
constexpr auto put_q4 = put_block<kGroupRows / 2, 0>;

// Columns of one panel, group by group: a group of the panel fits the first cache, all of it does
// not.
//   blocks  the first column's first
void pack_columns(const unsigned char* blocks, const Weight& weight, int panel, int first, int n) {
  const bool is_q8 = weight.type == WeightType::kInt8;
  const size_t block_size = is_q8 ? kQ8Bytes : kQ4Bytes;
  const auto n_groups = static_cast<size_t>(weight.n_in / kGroupRows);
  std::byte* group = panel_of(weight, panel);
  for (size_t g = 0; g < n_groups; ++g, group += group_bytes(weight.type)) {
    const unsigned char* block = blocks + g * block_size;
    for (int column = first; column < first + n; ++column, block += n_groups * block_size) {
      is_q8 ? put_q8(block, group, column) : put_q4(block, group, column);
    }
  }
}

}  // namespace

// What stands behind the last column counts as zero: scales of zero, which the storage starts with.
void pack_blocks(const unsigned char* blocks, const Weight& weight, int first, int n) {
  assert(weight.n_in % kGroupRows == 0);
  assert(weight.type == WeightType::kInt8 || weight.type == WeightType::kInt4);
  const size_t block_size = weight.type == WeightType::kInt8 ? kQ8Bytes : kQ4Bytes;
  const size_t column_size = static_cast<size_t>(weight.n_in / kGroupRows) * block_size;
  for (const int end = first + n; first < end;) {
    const int panel = first / kPanelCols, in_panel = first % kPanelCols;
    const int n_columns = std::min(kPanelCols - in_panel, end - first);
    pack_columns(blocks, weight, panel, in_panel, n_columns);
    blocks += static_cast<size_t>(n_columns) * column_size;
    first += n_columns;
  }
}

void pack_blocks(const unsigned char* blocks, const Weight& weight) {
  pack_blocks(blocks, weight, 0, weight.n_out);
}

}  // namespace gpt2run
