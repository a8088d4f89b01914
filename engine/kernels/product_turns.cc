#include <algorithm>
#include <cassert>

#include "engine/kernels/kernels.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {
namespace {

constexpr int kMostRows = kTermRows - 1;

}  // namespace

void multiply_in_turns(const Product& p, const PanelRange& range) {
  assert(p.n_rows <= kMostRows);
  constexpr int kSlice = 64;  // inputs; 32 and 128 took 0 to 3 % longer, 192 up to 9 %
  constexpr ptrdiff_t kInputBytes = kPanelCols * sizeof(float), kSliceBytes = kSlice * kInputBytes;
  const auto kernel = kernels().multiply_f32;
  alignas(64) float sums[kMostRows * kPanelCols];
  const int first_col = range.begin % kPanelCols;
  const int n_tiles = (p.n_rows + kTileRows - 1) / kTileRows;
  // Of the next slice, a tile's part and what of that is fetched at each input.
  const ptrdiff_t part = kSliceBytes / n_tiles / 64 * 64;
  const int n_step_bytes =
      prefetch_in_steps(range.data, kSliceBytes, kSlice * n_tiles).n_step_bytes;
  for (int input = 0; input < p.w.n_in; input += kSlice) {
    const std::byte* const slice = range.data + input * kInputBytes;
    const std::byte* const next = input + kSlice < p.w.n_in ? slice + kSliceBytes : range.next;
    for (int tile = 0; tile < n_tiles; ++tile) {
      const int row = tile * kTileRows;
      kernel(
          {.x = p.x + ptrdiff_t{row} * p.w.n_in + input,
           .x_stride = p.w.n_in,
           .n_rows = std::min(kTileRows, p.n_rows - row),
           .panel = slice,
           .panel_stride = kPanelCols,
           .n_in = std::min(kSlice, p.w.n_in - input),
           .first_col = first_col,
           .n_cols = range.end - range.begin,
           .sums = sums + row * kPanelCols,
           .sums_stride = kPanelCols,
           .add_to_sums = input > 0,
           .is_cached = true,
           .prefetch = next == nullptr ? Prefetch{} : Prefetch{next + tile * part, n_step_bytes}});
    }
  }
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  finish(p, sums + first_col, 0, p.n_rows, range.begin, n_valid);
}

}  // namespace gpt2run
