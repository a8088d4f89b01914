#include <algorithm>
#include <optional>
#include <vector>

#include "engine/activation_memory.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/many_rows.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {
namespace {

constexpr int kMostBlockRows = 192;

// Many rows, and how to take them: so many inputs at once that a tile of rows and, for the short
// numbers, the panel's stay in the first cache; and so many rows at once that their sums do.
template <class X>
struct ManyRows {
  void (*kernel)(const PanelJob<X>&);
  const X* x;
  ptrdiff_t x_stride;       // from one row to the next
  ptrdiff_t input_step;     // from one input or group to the next, where that begins a slice
  size_t panel_step;        // bytes of a panel from one input or group to the next
  int n_in;                 // inputs, or groups
  int slice, block;         // inputs or groups, rows
  size_t n_prefetched = 0;  // bytes of the next panel that the kernel fetches meanwhile
};

// All rows by a range of columns. Each sum's order is that of its inputs.
//   panel  in the kernel's type
template <class X>
void multiply_many(const Product& p, const ManyRows<X>& with, const std::byte* panel,
                   const PanelRange& range) {
  alignas(64) float sums[kMostBlockRows * kPanelCols];
  const int first_col = range.begin % kPanelCols;
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  Prefetch prefetch = {};
  if (with.n_prefetched > 0) {
    prefetch = prefetch_in_steps(range.next, with.n_prefetched, n_steps(p.n_rows, with.n_in));
  }
  for (int row = 0; row < p.n_rows; row += with.block) {
    const int n_rows = std::min(with.block, p.n_rows - row);
    for (int input = 0; input < with.n_in; input += with.slice) {
      const int n_in = std::min(with.slice, with.n_in - input);
      with.kernel({.x = with.x + row * with.x_stride + input * with.input_step,
                   .x_stride = with.x_stride,
                   .n_rows = n_rows,
                   .panel = panel + static_cast<size_t>(input) * with.panel_step,
                   .panel_stride = kPanelCols,
                   .n_in = n_in,
                   .first_col = first_col,
                   .n_cols = range.end - range.begin,
                   .sums = sums,
                   .sums_stride = kPanelCols,
                   .add_to_sums = input > 0,
                   .is_cached = true,
                   .prefetch = prefetch});
      prefetch.advance(n_steps(n_rows, n_in));
    }
    finish(p, sums + first_col, row, n_rows, range.begin, n_valid);
  }
}

ManyRows<float> many_rows_of(const Product& p) {
  return {.kernel = kernels().multiply_f32,
          .x = p.x,
          .x_stride = p.w.n_in,
          .input_step = 1,
          .panel_step = kPanelCols * sizeof(float),
          .n_in = p.w.n_in,
          .slice = 768,
          .block = 48};
}

void multiply_floats(const Product& p) {
  for_panels(p, kColumnUnit, [&](const PanelRange& range) {
    if (p.n_rows < kTermRows) return multiply_in_turns(p, range);
    multiply_many(p, many_rows_of(p), range.data, range);
  });
}

// float32 by a library, where the build has one.
void multiply_by_library(const Product& p) {
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    thread_local std::vector<float> sums;
    sums.resize(static_cast<size_t>(p.n_rows) * kPanelCols);
    many_rows_library()(p.x, p.n_rows, reinterpret_cast<const float*>(range.data), p.w.n_in,
                        sums.data());
    finish(p, sums.data(), 0, p.n_rows, range.begin, std::min(range.end, p.w.n_out) - range.begin);
  });
}

// Each panel becomes float32 once for all rows.
void multiply_widened(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in);
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    thread_local std::vector<float> wide;
    wide.resize(static_cast<size_t>(n) * kGroupRows * kPanelCols);
    k.widen_panel(p.w.type, range.data, n, wide.data());
    multiply_many(p, many_rows_of(p), reinterpret_cast<const std::byte*>(wide.data()), range);
  });
}

// Rows and, where it is not bfloat16 already, each panel become bfloat16 once.
void multiply_rounded(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in), n_in = n * kGroupRows;
  const auto n_rows = static_cast<size_t>(in_whole_tiles(p.n_rows));
  ActivationMemory memory(n_rows * static_cast<size_t>(n_in) / 2);
  auto* const x = reinterpret_cast<uint16_t*>(memory.data());
  convert_rows(k.one_term, p.x, p.w.n_in, p.n_rows, p.w.n_in, x);
  // 256 inputs of a panel and a tile fill the first cache; but each slice more reads and writes the
  // sums once more.
  const int quarter = (n + 3) / 4 * kGroupRows;
  const ManyRows<uint16_t> with = {.kernel = k.one_term.multiply,
                                   .x = x,
                                   .x_stride = n_in,
                                   .input_step = k.many_rows,
                                   .panel_step = kPanelCols * sizeof(uint16_t),
                                   .n_in = n_in,
                                   .slice = std::max(256, quarter),
                                   .block = kMostBlockRows,
                                   .n_prefetched = panel_bytes(p.w.type, p.w.n_in)};
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    if (p.w.type == WeightType::kBFloat16) return multiply_many(p, with, range.data, range);
    ActivationMemory rounded(static_cast<size_t>(n) * kGroupRows / 2 * kPanelCols, Pages::kHuge);
    auto* const pairs = reinterpret_cast<uint32_t*>(rounded.data());
    k.round_panel(p.w.type, range.data, n, pairs);
    multiply_many(p, with, reinterpret_cast<const std::byte*>(pairs), range);
  });
}

// Rows become integers of 8 bits once, if they are not; panels stay as they are. Whole sums, for
// the second cache holds a panel: slices that the first one holds, or blocks of 12 to 192 rows,
// were no faster.
void multiply_bytes(const Product& p) {
  const Kernels& k = kernels();
  std::optional<RoundedRows<ByteGroup>> rounded;
  if (p.x_groups == nullptr) rounded.emplace(p, k.quantize_row_to_bytes);
  const int n = n_input_groups(p.w.n_in);
  const bool is_int8 = p.w.type == WeightType::kInt8;
  const ManyRows<ByteGroup> with = {.kernel = is_int8 ? k.multiply_many_int8 : k.multiply_many_int4,
                                    .x = rounded ? rounded->groups() : p.x_groups,
                                    .x_stride = n,
                                    .input_step = 1,
                                    .panel_step = group_bytes(p.w.type),
                                    .n_in = n,
                                    .slice = n,
                                    .block = 48};
  for_panels(p, kColumnUnit,
             [&](const PanelRange& range) { multiply_many(p, with, range.data, range); });
}

}  // namespace

void multiply_many_rows(const Product& p) {
  if (takes_bytes(p.n_rows, p.w.type)) return multiply_bytes(p);
  if (p.w.type != WeightType::kFloat32) {
    if (kernels().one_term.multiply != nullptr) return multiply_rounded(p);
    return multiply_widened(p);
  }
  if (many_rows_library() != nullptr) return multiply_by_library(p);
  if (kernels().three_terms.multiply != nullptr && p.n_rows >= kTermRows) return multiply_split(p);
  multiply_floats(p);
}

}  // namespace gpt2run
