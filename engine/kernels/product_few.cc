#include <algorithm>
#include <vector>

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
  const Kernels& k = kernels();
  const bool is_float32 = p.w.type == WeightType::kFloat32;
  const FewRows<float> few = {is_float32 ? k.multiply_f32 : k.multiply_bf16, p.x, p.w.n_in};
  for_panels(p, kColumnUnit, [&](const PanelRange& range) {
    if (is_float32 && p.n_rows > kTileRows) return multiply_in_turns(p, range);
    multiply_few(p, few, range);
  });
}

void multiply_integers(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in);
  std::vector<QuantizedGroup> x(static_cast<size_t>(p.n_rows) * static_cast<size_t>(n));
  quantize_rows(p, k.quantize_row, x.data());
  const auto kernel = p.w.type == WeightType::kInt8 ? k.multiply_int8 : k.multiply_int4;
  const FewRows<QuantizedGroup> few = {kernel, x.data(), n};
  for_panels(p, kColumnUnit, [&](const PanelRange& range) { multiply_few(p, few, range); });
}

}  // namespace

void multiply_few_rows(const Product& p) {
  if (is_float(p.w.type)) {
    multiply_floats(p);
  } else {
    multiply_integers(p);
  }
}

}  // namespace gpt2run
