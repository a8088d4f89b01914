#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "engine/weight.h"

namespace gpt2run {

// Where the numbers of one group of one panel stand among the rows that are packed.
struct GroupBox {
  size_t first;   // the index of its first number
  size_t stride;  // numbers to the next input in kInOut, to the next output in kOutIn
  MatrixOrder order;
  int n_rows, n_cols;  // up to the matrix's end: at most 32 inputs, 64 outputs

  bool is_whole() const { return n_rows == kGroupRows && n_cols == kPanelCols; }
};

// The numbers of a group at the matrix's end as [32][64], zeros behind it.
//   number  number(i): the one at index i
template <class Item, class Number>
void gather_part(const GroupBox& box, const Number& number, Item* block) {
  std::fill_n(block, kGroupRows * kPanelCols, Item{});
  const bool is_in_out = box.order == MatrixOrder::kInOut;
  const size_t down = is_in_out ? box.stride : 1, right = is_in_out ? 1 : box.stride;
  for (int i = 0; i < box.n_rows; ++i) {
    size_t from = box.first + static_cast<size_t>(i) * down;
    for (int j = 0; j < box.n_cols; ++j, from += right) block[i * kPanelCols + j] = number(from);
  }
}

// Packs inputs row to row_end of outputs col to col_end, group by group.
//   pack_group  pack_group(box, out) puts one in its place, unless a number is not finite: then it
//               returns false; the indices in box count from input row, output col
// Returns whether it was true of all.
template <class PackGroup>
bool pack_groups(MatrixOrder order, const Weight& weight, int row, int row_end, int col,
                 int col_end, const PackGroup& pack_group) {
  assert(row % kGroupRows == 0 && (row_end % kGroupRows == 0 || row_end == weight.n_in));
  assert(col % kPanelCols == 0 && (col_end % kPanelCols == 0 || col_end == weight.n_out));
  const bool is_in_out = order == MatrixOrder::kInOut;
  const auto stride = static_cast<size_t>(is_in_out ? weight.n_out : weight.n_in);
  bool is_finite = true;
  for (int j = col; j < col_end; j += kPanelCols) {
    for (int i = row; i < row_end; i += kGroupRows) {
      const auto down = static_cast<size_t>(i - row), right = static_cast<size_t>(j - col);
      const GroupBox box = {is_in_out ? down * stride + right : right * stride + down, stride,
                            order, std::min(kGroupRows, row_end - i),
                            std::min(kPanelCols, col_end - j)};
      std::byte* const out = panel_of(weight, j / kPanelCols) +
                             static_cast<size_t>(i / kGroupRows) * group_bytes(weight.type);
      is_finite &= pack_group(box, out);
    }
  }
  return is_finite;
}

// The same of rows first to first + n of a matrix: inputs in kInOut, outputs in kOutIn.
template <class PackGroup>
bool pack_row_groups(MatrixOrder order, const Weight& weight, int first, int n,
                     const PackGroup& pack_group) {
  return order == MatrixOrder::kInOut
             ? pack_groups(order, weight, first, first + n, 0, weight.n_out, pack_group)
             : pack_groups(order, weight, 0, weight.n_in, first, first + n, pack_group);
}

}  // namespace gpt2run
