#include <algorithm>

#include "engine/kernels/kernels.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {
namespace {

// Few rows, as a kernel takes them.
template <class X>
struct FewRows {
  void (*kernel)(const PanelJob<X>&);
  const X* x;
  int n_in;  // inputs, or groups
};

// All rows by a range of columns.
template <class X>
void multiply_few(const Product& p, const FewRows<X>& with, const PanelRange& range) {
  alignas(64) float sums[kTileRows * kPanelCols];
  const int first_col = range.begin % kPanelCols;
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  for (int row = 0; row < p.n_rows; row += kTileRows) {
    const int n_rows = std::min(kTileRows, p.n_rows - row);
    with.kernel({.x = with.x + ptrdiff_t{row} * with.n_in,
                 .x_stride = with.n_in,
                 .n_rows = n_rows,
                 .panel = range.data,
                 .panel_stride = kPanelCols,
                 .n_in = with.n_in,
                 .first_col = first_col,
                 .n_cols = range.end - range.begin,
                 .sums = sums,
                 .sums_stride = kPanelCols,
                 .add_to_sums = false});
    finish(p, sums + first_col, row, n_rows, range.begin, n_valid);
  }
}

void multiply_floats(const Product& p) {
  const bool is_float32 = p.w.type == WeightType::kFloat32;
  const FewRows<float> few = {kernels().multiply_float(p.w.type), p.x, p.w.n_in};
  for_panels(p, kColumnUnit, [&](const PanelRange& range) {
    if (is_float32 && p.n_rows > kTileRows) return multiply_in_turns(p, range);
    multiply_few(p, few, range);
  });
}

template <class Group>
void multiply_integers(const Product& p, void (*kernel)(const PanelJob<Group>&),
                       QuantizeRow<Group> quantize) {
  const auto multiply_by = [&](const RoundedRows<Group>& rows, const PanelRange& range) {
    multiply_few(p, FewRows<Group>{kernel, rows.groups(), n_input_groups(p.w.n_in)}, range);
  };
  if (p.n_rows == 1) {
    // Each thread rounds the row for itself: what one wrote for all would come from its cache to
    // theirs line by line, and they would have waited for it besides.
    for_panels_with(p, kColumnUnit, [&] {
      return [&, rows = RoundedRows<Group>(p, quantize)](const PanelRange& range) {
        multiply_by(rows, range);
      };
    });
    return;
  }
  const RoundedRows<Group> rows(p, quantize);
  for_panels(p, kColumnUnit, [&](const PanelRange& range) { multiply_by(rows, range); });
}

}  // namespace

void multiply_few_rows(const Product& p) {
  const Kernels& k = kernels();
  switch (p.w.type) {
    case WeightType::kFloat32:
    case WeightType::kBFloat16:
      return multiply_floats(p);
    case WeightType::kInt8:
      return multiply_integers(p, k.multiply_int8, k.quantize_row);
    case WeightType::kInt4:
      return multiply_integers(p, k.multiply_int4, k.quantize_row_to_bytes);
  }
}

}  // namespace gpt2run
