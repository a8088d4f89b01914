#include <cassert>
#include <cstdint>
#include <cstring>

#include "engine/kernels/move_numbers.h"
#include "engine/kernels/pack_groups.h"
#include "engine/weight.h"

namespace gpt2run {
namespace {

constexpr size_t kItemBytes = sizeof(uint16_t), kPairBytes = 2 * kItemBytes;
constexpr int kPairRows = kGroupRows / 2;

// A group as a panel has it: [16][64] pairs of numbers, of inputs 2 i and 2 i + 1.
struct PairBlock {
  alignas(64) std::byte bytes[kPairRows * kPanelCols * kPairBytes];

  std::byte* row(int i) { return bytes + static_cast<size_t>(i) * kPanelCols * kPairBytes; }

  // One more in its exponent sets the sign of infinity and NaN only.
  bool is_finite() const {
    uint32_t any = 0;
    for (size_t at = 0; at < sizeof(bytes); at += kPairBytes) {
      uint32_t pair;
      std::memcpy(&pair, bytes + at, kPairBytes);
      any |= (pair & 0x7FFF7FFFu) + 0x00800080u;
    }
    return (any & 0x80008000u) == 0;
  }
};

//   from    the first of 32 rows of 64 numbers
//   stride  bytes from row to row
void gather_inputs(const std::byte* from, size_t stride, PairBlock& block) {
  for (int i = 0; i < kPairRows; ++i, from += 2 * stride) {
    interleave_halves(from, from + stride, kPanelCols, block.row(i));
  }
}

//   from    the first of 64 rows of 32 numbers
void gather_outputs(const std::byte* from, size_t stride, PairBlock& block) {
  constexpr size_t kRowBytes = kPanelCols * kPairBytes;
  for (size_t j = 0; j < kRowBytes; j += 4 * kPairBytes, from += 4 * stride) {
    for (int i = 0; i < kPairRows; i += 4) {
      transpose_words_4x4(from + static_cast<size_t>(i) * kPairBytes, stride, block.row(i) + j,
                          kRowBytes);
    }
  }
}

// A group at the matrix's end.
void gather_end(const std::byte* rows, const GroupBox& box, PairBlock& block) {
  uint16_t numbers[kGroupRows * kPanelCols];
  const auto number = [&](size_t i) {
    uint16_t bits;
    std::memcpy(&bits, rows + i * kItemBytes, kItemBytes);
    return bits;
  };
  gather_part(box, number, numbers);
  gather_inputs(reinterpret_cast<const std::byte*>(numbers), kPanelCols * kItemBytes, block);
}

// Puts one group of a panel in its place, if its numbers are finite; else returns false.
bool pack_group(const std::byte* rows, const GroupBox& box, std::byte* out) {
  const std::byte* const from = rows + box.first * kItemBytes;
  const size_t stride = box.stride * kItemBytes;
  PairBlock block;
  if (!box.is_whole()) {
    gather_end(rows, box, block);
  } else if (box.order == MatrixOrder::kInOut) {
    gather_inputs(from, stride, block);
  } else {
    gather_outputs(from, stride, block);
  }
  if (!block.is_finite()) return false;
  stream_bytes(block.bytes, sizeof(block.bytes), out);
  return true;
}

}  // namespace

bool pack_bfloat16_rows(const std::byte* rows, MatrixOrder order, const Weight& weight, int first,
                        int n) {
  assert(weight.type == WeightType::kBFloat16);
  const bool is_finite = pack_row_groups(
      order, weight, first, n,
      [rows](const GroupBox& box, std::byte* out) { return pack_group(rows, box, out); });
  end_of_stream();
  return is_finite;
}

}  // namespace gpt2run
