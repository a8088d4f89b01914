#include "engine/attention_terms.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <vector>

#include "engine/activation_memory.h"
#include "engine/attention_tile.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"

namespace gpt2run {
namespace {

constexpr int kBlock = CacheShape::kPositions;
constexpr int kBlockGroups = kBlock / kGroupRows;

// Numbers of 32 bits that 32 inputs take in terms: of a panel, and of a tile of rows.
ptrdiff_t panel_size(const TermKernels& with) {
  return ptrdiff_t{with.n_terms} * kGroupRows * kPanelCols / 2;
}
ptrdiff_t rows_size(const TermKernels& with) {
  return ptrdiff_t{with.n_terms} * kGroupRows * kernels().many_rows / 2;
}

// Panels of columns as TermKernels::convert_panel leaves them.
class Panels {
 public:
  Panels(const TermKernels& with, ptrdiff_t n_groups)
      : group_size_(panel_size(with)),
        memory_(static_cast<size_t>(n_groups * group_size_), Pages::kHuge) {}

  //   group  the 32 inputs that the panel begins with
  uint32_t* at(ptrdiff_t group) {
    return reinterpret_cast<uint32_t*>(memory_.data()) + group * group_size_;
  }

 private:
  ptrdiff_t group_size_;
  ActivationMemory memory_;
};

// One head's keys and values at the positions [0, n_keys).
struct HeadTerms {
  const TermKernels& with;
  int n_blocks, d_groups, n_value_panels;
  Panels keys;    // [n_blocks] panels of d_head inputs, 64 positions
  Panels values;  // [n_value_panels] panels of 64 * n_blocks inputs, a panel's columns

  HeadTerms(const TermKernels& terms, const LayerCache& cache, int head, int n_keys)
      : with(terms),
        n_blocks(CacheShape::n_blocks(n_keys)),
        d_groups(n_input_groups(cache.shape.d_head)),
        n_value_panels(cache.shape.n_value_panels),
        keys(with, ptrdiff_t{n_blocks} * d_groups),
        values(with, ptrdiff_t{n_blocks} * kBlockGroups * n_value_panels) {
    thread_local std::vector<float> floats;
    for (int block = 0; block < n_blocks; ++block) {
      const int d_head = cache.shape.d_head;
      with.convert_panel(
          cached_floats(cache.type, cache.keys(block, head), d_head * kBlock, floats), d_head,
          kBlock, keys.at(ptrdiff_t{block} * d_groups));
      // Behind the last position stands whatever an earlier text left: zeros here.
      const int n_positions = std::min(kBlock, n_keys - block * kBlock);
      for (int panel = 0; panel < n_value_panels; ++panel) {
        uint32_t* const to = values.at((ptrdiff_t{panel} * n_blocks + block) * kBlockGroups);
        if (n_positions <= kGroupRows) std::fill_n(to + panel_size(with), panel_size(with), 0u);
        const int width = cache.shape.value_width;
        const std::byte* const panel_values = cache.values(block, head, panel);
        with.convert_panel(cached_floats(cache.type, panel_values, n_positions * width, floats),
                           n_positions, width, to);
      }
    }
  }
};

// Memory for a tile of Kernels::many_rows queries.
struct TileMemory {
  ActivationMemory scores;          // [many_rows][n_blocks * 64]
  ActivationMemory query, weights;  // terms of the queries and of the scores' exponentials
};

// sums = x * panel, both in terms.
//   stride  of sums
void multiply(const TermKernels& with, const uint16_t* x, int n_in, const uint32_t* panel,
              int n_cols, float* sums, ptrdiff_t stride) {
  with.multiply({.x = x,
                 .x_stride = n_in,
                 .n_rows = kernels().many_rows,
                 .panel = reinterpret_cast<const std::byte*>(panel),
                 .panel_stride = kPanelCols,
                 .n_in = n_in,
                 .first_col = 0,
                 .n_cols = n_cols,
                 .sums = sums,
                 .sums_stride = stride,
                 .add_to_sums = false});
}

void attend(const QueryTile& tile, float scale, HeadTerms& terms, TileMemory& memory,
            Matrix& heads) {
  const TermKernels& with = terms.with;
  const int n_blocks = tile.n_blocks(), n_positions = n_blocks * kBlock;
  auto* const query = reinterpret_cast<uint16_t*>(memory.query.data());
  auto* const weights = reinterpret_cast<uint16_t*>(memory.weights.data());
  float* const scores = memory.scores.data();
  with.convert_rows(tile.queries(), tile.qkv.cols(), tile.n_rows, tile.cache.shape.d_head, query);
  for (int block = 0; block < n_blocks; ++block) {
    multiply(with, query, terms.d_groups * kGroupRows,
             terms.keys.at(ptrdiff_t{block} * terms.d_groups),
             in_column_units(tile.n_keys_of(block)), scores + block * kBlock, n_positions);
  }
  float factors[kMostManyRows];
  exponentiate(tile, scale, scores, factors);
  for (int block = 0; block < n_blocks; ++block) {  // whole rows' terms would lie far apart
    with.convert_rows(scores + block * kBlock, n_positions, tile.n_rows, kBlock,
                      weights + ptrdiff_t{block} * kBlockGroups * rows_size(with) * 2);
  }
  const int n_groups = n_input_groups(tile.n_keys());
  alignas(64) float sums[kMostManyRows * kPanelCols];
  for (int panel = 0; panel < terms.n_value_panels; ++panel) {
    multiply(with, weights, n_groups * kGroupRows,
             terms.values.at(ptrdiff_t{panel} * terms.n_blocks * kBlockGroups), kPanelCols, sums,
             kPanelCols);
    put_columns(tile, panel, sums, factors, heads);
  }
}

}  // namespace

const TermKernels* terms_for(int n_rows, bool may_round) {
  const Kernels& k = kernels();
  if (may_round && n_rows > kFewRows && k.one_term.multiply != nullptr) return &k.one_term;
  if (n_rows >= kTermRows && k.three_terms.multiply != nullptr) return &k.three_terms;
  return nullptr;
}

void attend_by_terms(const TermKernels& with, const Matrix& qkv, float scale,
                     const LayerCache& cache, int head, int begin, int end, Matrix& heads) {
  const int tile_rows = kernels().many_rows;
  assert(with.multiply != nullptr && tile_rows <= kMostManyRows);
  // Whole blocks, if there are more rows: which of them other threads take must not matter, not
  // even where a value is NaN, which a weight of zero does not hide.
  const int n_keys = cache.n_past + static_cast<int>(qkv.rows());
  HeadTerms terms(with, cache, head,
                  std::min(n_keys, CacheShape::n_blocks(cache.n_past + end) * kBlock));
  const size_t n_positions = static_cast<size_t>(terms.n_blocks) * kBlock;
  TileMemory memory = {
      .scores = ActivationMemory(n_positions * static_cast<size_t>(tile_rows)),
      .query = ActivationMemory(static_cast<size_t>(terms.d_groups * rows_size(with))),
      .weights = ActivationMemory(n_positions / kGroupRows * static_cast<size_t>(rows_size(with)))};
  for (int row = begin; row < end; row += tile_rows) {
    const QueryTile tile = {qkv, cache, head, row, std::min(tile_rows, end - row)};
    attend(tile, scale, terms, memory, heads);
  }
}

}  // namespace gpt2run
