#pragma once

#include <cstddef>
#include <cstdint>

#include "base/threads.h"
#include "engine/activation_memory.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"

// What the ways to compute a product share: product_few.cc, product_turns.cc, product_many.cc,
// product_split.cc.

namespace gpt2run {

// At most kFewRows rows.
void multiply_few_rows(const Product& p);
// More than those.
void multiply_many_rows(const Product& p);
// Many float32 rows by float32 weights, each number as a sum of three bfloat16 ones.
// Requires: kernels().three_terms.multiply is not null.
void multiply_split(const Product& p);

inline double work_of(const Product& p) {
  return 2.0 * p.n_rows * p.w.n_in * p.w.n_out;
}

// Rounded up to whole tiles of Kernels::many_rows.
inline int in_whole_tiles(int n_rows) {
  const int tile = kernels().many_rows;
  return (n_rows + tile - 1) / tile * tile;
}

// Rows as tiles for TermKernels::multiply.
//   x    [n_rows] rows of n_in inputs, x_stride apart
//   out  [ceil(n_rows / many_rows)][ceil(n_in / 32)] tiles
void convert_rows(const TermKernels& with, const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                  uint16_t* out);

template <class Group>
using QuantizeRow = void (*)(const float* x, int n, Group* out);  // one of Kernels
// All rows as groups of integers: [n_rows][ceil(n_in / 32)]. Owns them.
template <class Group>
class RoundedRows {
 public:
  RoundedRows(const Product& p, QuantizeRow<Group> quantize) {
    const int n_in = p.w.n_in;
    const ptrdiff_t n_groups = n_input_groups(n_in);
    memory_ =
        ActivationMemory(static_cast<size_t>(p.n_rows * n_groups) * sizeof(Group) / sizeof(float));
    auto* const out = reinterpret_cast<Group*>(memory_.data());
    parallel_for(p.n_rows, 4.0 * p.n_rows * n_in, [&](int row) {
      quantize(p.x + ptrdiff_t{row} * n_in, n_in, out + row * n_groups);
    });
  }

  const Group* groups() const { return reinterpret_cast<const Group*>(memory_.data()); }

 private:
  ActivationMemory memory_;
};

// Columns [begin, end) of one panel.
struct PanelRange {
  const std::byte* data;  // the panel as it is stored
  const std::byte* next;  // what this thread comes to next, if no other takes it, or null: to fetch
  int begin, end;
};

// In how many steps AMX's kernels multiply so many rows, by so many inputs of a panel.
inline int64_t n_steps(int n_rows, int n_in) {
  return int64_t{n_rows + kStepSize - 1} / kStepSize * (n_in / kStepSize) *
         (kPanelCols / kStepSize);
}
// n_bytes from there on, in so many steps; nothing if from is null.
Prefetch prefetch_in_steps(const std::byte* from, size_t n_bytes, int64_t n_steps);

// Several tiles of rows take turns at slices of a float32 panel that the first cache holds, and
// each fetches a part of the next slice: so memory is read while any of them multiplies. One tile
// by the whole panel after the other took a tenth longer; of bfloat16 panels it takes a tenth less.
// Requires: fewer than kTermRows rows.
void multiply_in_turns(const Product& p, const PanelRange& range);

// The sums of rows [row, row + n_rows), columns [col, col + n_cols) become output.
//   sums  [n_rows][64]
void finish(const Product& p, const float* sums, int row, int n_rows, int col, int n_cols);

// Calls body for the columns of every panel, in ranges that may share a panel between two threads.
//   make_body  called for each thread's range
template <class MakeBody>
void for_panels_with(const Product& p, int unit, const MakeBody& make_body) {
  const size_t panel_size = panel_bytes(p.w.type, p.w.n_in);
  const int64_t n_padded = int64_t{n_panels(p.w.n_out)} * kPanelCols;
  const int64_t n_cols = (p.w.n_out + int64_t{unit} - 1) / unit * unit;
  if (p.out_groups != nullptr) unit = std::max(unit, kGroupRows);  // one thread writes a group
  parallel_pieces(std::min(n_padded, n_cols), unit, kPanelCols, work_of(p), [&] {
    return [&, body = make_body()](const Piece& piece) {
      const std::byte* const data = panel_of(p.w, static_cast<int>(piece.begin / kPanelCols));
      body(PanelRange{.data = data,
                      .next = piece.has_next ? data + panel_size : nullptr,
                      .begin = static_cast<int>(piece.begin),
                      .end = static_cast<int>(piece.end)});
    };
  });
}
template <class Body>
void for_panels(const Product& p, int unit, const Body& body) {
  for_panels_with(p, unit, [&] { return body; });
}

}  // namespace gpt2run
