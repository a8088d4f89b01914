#include <algorithm>
#include <cassert>

#include "engine/activation_memory.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {
namespace {

// So many rows and inputs at once that their terms and a panel's stay in the second cache of 2 MB,
// which every processor with AMX has; each panel is split again for each block. 384 or 512 rows by
// 12 to 24 groups took 2 to 6 % longer.
constexpr int kBlockRows = 256, kMostSliceGroups = 24;

// Some inputs of some rows, by a panel's.
struct Block {
  int row, n_rows;
  int first_input, n_in;  // the last may end behind p.w.n_in
  int slice, n_slices;
  uint16_t* x;  // [n_rows in whole tiles][n_in] in terms
  float* sums;  // [n_panels][n_rows in whole tiles][64]: where slices add up; null if there is one
};

// One panel by all tiles of rows. Its terms lie in huge pages: a tile's rows are far apart, and
// with small pages the search for their places took a fifth of a prefill.
void multiply_panel(const Product& p, const Block& block, const PanelRange& range) {
  const Kernels& k = kernels();
  ActivationMemory memory(static_cast<size_t>(block.n_in) / 2 * kTerms * kPanelCols, Pages::kHuge);
  auto* const terms = reinterpret_cast<uint32_t*>(memory.data());
  const size_t begin = static_cast<size_t>(block.first_input) * kPanelCols * sizeof(float);
  const int n_in = std::min(block.n_in, p.w.n_in - block.first_input);
  k.three_terms.convert_panel(reinterpret_cast<const float*>(range.data + begin), n_in, kPanelCols,
                              terms);
  Prefetch prefetch = prefetch_in_steps(range.next == nullptr ? nullptr : range.next + begin,
                                        static_cast<size_t>(n_in) * kPanelCols * sizeof(float),
                                        n_steps(block.n_rows, block.n_in));
  alignas(64) float tile_sums[kMostManyRows * kPanelCols];
  const int tile = k.many_rows, n_tiles = (block.n_rows + tile - 1) / tile;
  float* sums = tile_sums;
  if (block.sums != nullptr) {
    sums = block.sums + ptrdiff_t{range.begin / kPanelCols} * n_tiles * tile * kPanelCols;
  }
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  for (int i = 0; i < n_tiles; ++i) {
    k.three_terms.multiply({.x = block.x + ptrdiff_t{i} * tile * kTerms * block.n_in,
                            .x_stride = block.n_in,
                            .n_rows = tile,
                            .panel = reinterpret_cast<const std::byte*>(terms),
                            .panel_stride = kPanelCols,
                            .n_in = block.n_in,
                            .first_col = 0,
                            .n_cols = kPanelCols,
                            .sums = sums,
                            .sums_stride = kPanelCols,
                            .add_to_sums = block.slice > 0,
                            .prefetch = prefetch});
    prefetch.advance(n_steps(tile, block.n_in));
    if (block.slice + 1 == block.n_slices) {
      const int row = i * tile;
      finish(p, sums, block.row + row, std::min(tile, block.n_rows - row), range.begin, n_valid);
    }
    if (block.sums != nullptr) sums += tile * kPanelCols;
  }
}

}  // namespace

void multiply_split(const Product& p) {
  const Kernels& k = kernels();
  assert(k.many_rows <= kMostManyRows);
  const int n_groups = n_input_groups(p.w.n_in);
  const int n_wanted = (n_groups + kMostSliceGroups - 1) / kMostSliceGroups;
  const int slice_groups = (n_groups + n_wanted - 1) / n_wanted;
  const int n_slices = (n_groups + slice_groups - 1) / slice_groups;
  const int most_rows = in_whole_tiles(std::min(p.n_rows, kBlockRows));
  ActivationMemory x(static_cast<size_t>(most_rows * slice_groups * kGroupRows * kTerms) / 2);
  ActivationMemory sums;
  if (n_slices > 1) {
    sums = ActivationMemory(static_cast<size_t>(n_panels(p.w.n_out)) *
                            static_cast<size_t>(most_rows * kPanelCols));
  }
  for (int row = 0; row < p.n_rows; row += kBlockRows) {
    for (int slice = 0; slice < n_slices; ++slice) {
      const int first_group = slice * slice_groups;
      const Block block = {.row = row,
                           .n_rows = std::min(kBlockRows, p.n_rows - row),
                           .first_input = first_group * kGroupRows,
                           .n_in = std::min(slice_groups, n_groups - first_group) * kGroupRows,
                           .slice = slice,
                           .n_slices = n_slices,
                           .x = reinterpret_cast<uint16_t*>(x.data()),
                           .sums = sums.data()};
      convert_rows(k.three_terms, p.x + ptrdiff_t{row} * p.w.n_in + block.first_input, p.w.n_in,
                   block.n_rows, std::min(block.n_in, p.w.n_in - block.first_input), block.x);
      for_panels(p, kPanelCols, [&](const PanelRange& range) { multiply_panel(p, block, range); });
    }
  }
}

}  // namespace gpt2run
