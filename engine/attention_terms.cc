#include "engine/attention_terms.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "engine/activation_memory.h"
#include "engine/kernels/kernels.h"

namespace gpt2run {
namespace {

constexpr int kBlock = CacheShape::kPositions;
constexpr int kBlockGroups = kBlock / kGroupRows;
constexpr int kMostTileRows = 32;
// Numbers of 32 bits that a panel's 32 inputs take in terms, and 32 inputs of a tile of rows.
constexpr ptrdiff_t kPanelTerms = ptrdiff_t{kTerms} * kGroupRows * kPanelCols / 2;
constexpr ptrdiff_t kRowTerms = ptrdiff_t{kTerms} * kGroupRows * kMostTileRows / 2;

// Panels of columns as Kernels::split_panel leaves them.
class Panels {
 public:
  explicit Panels(ptrdiff_t n_groups)
      : memory_(static_cast<size_t>(n_groups * kPanelTerms), Pages::kHuge) {}

  //   group  the 32 inputs that the panel begins with
  uint32_t* at(ptrdiff_t group) {
    return reinterpret_cast<uint32_t*>(memory_.data()) + group * kPanelTerms;
  }

 private:
  ActivationMemory memory_;
};

// One head's keys and values at the positions [0, n_keys).
struct HeadTerms {
  int n_blocks, d_groups, n_value_panels;
  Panels keys;    // [n_blocks] panels of d_head inputs, 64 positions
  Panels values;  // [n_value_panels] panels of 64 * n_blocks inputs, a panel's columns

  HeadTerms(const LayerCache& cache, int head, int n_keys)
      : n_blocks(CacheShape::n_blocks(n_keys)),
        d_groups(n_input_groups(cache.shape.d_head)),
        n_value_panels(cache.shape.n_value_panels),
        keys(ptrdiff_t{n_blocks} * d_groups),
        values(ptrdiff_t{n_blocks} * kBlockGroups * n_value_panels) {
    const Kernels& k = kernels();
    for (int block = 0; block < n_blocks; ++block) {
      k.split_panel(cache.keys(block, head), cache.shape.d_head, kBlock,
                    keys.at(ptrdiff_t{block} * d_groups));
      // Behind the last position stands whatever an earlier text left: zeros here.
      const int n_positions = std::min(kBlock, n_keys - block * kBlock);
      for (int panel = 0; panel < n_value_panels; ++panel) {
        uint32_t* const to = values.at((ptrdiff_t{panel} * n_blocks + block) * kBlockGroups);
        if (n_positions <= kGroupRows) std::fill_n(to + kPanelTerms, kPanelTerms, 0u);
        k.split_panel(cache.values(block, head, panel), n_positions, cache.shape.value_width, to);
      }
    }
  }
};

// At most kMostTileRows queries of one head, [row, row + n_rows), and memory for them.
struct Tile {
  const Matrix& qkv;
  const LayerCache& cache;
  int head, row, n_rows;
  float* scores;              // [kMostTileRows][n_blocks * 64]
  uint16_t *query, *weights;  // terms of the queries and of the scores' exponentials

  int n_keys(int r) const { return cache.n_past + row + r + 1; }  // that query row + r sees
  int n_blocks() const { return CacheShape::n_blocks(n_keys(n_rows - 1)); }
};

// sums = x * panel, both in terms.
//   stride  of sums
void multiply(const uint16_t* x, int n_in, const uint32_t* panel, float* sums, ptrdiff_t stride) {
  kernels().multiply_many_f32({.x = x,
                               .x_stride = n_in,
                               .n_rows = kMostTileRows,
                               .panel = reinterpret_cast<const std::byte*>(panel),
                               .panel_stride = kPanelCols,
                               .n_in = n_in,
                               .first_col = 0,
                               .n_cols = kPanelCols,
                               .sums = sums,
                               .sums_stride = stride,
                               .add_to_sums = false});
}

//   out  the head's columns of the tile's first row, out_stride from row to row
void attend(const Tile& tile, float scale, HeadTerms& terms, float* out, ptrdiff_t out_stride) {
  const Kernels& k = kernels();
  const CacheShape& shape = tile.cache.shape;
  const int n_blocks = tile.n_blocks(), n_positions = n_blocks * kBlock;
  k.split_rows(tile.qkv.data() + tile.row * tile.qkv.cols() + tile.head * shape.d_head,
               tile.qkv.cols(), tile.n_rows, shape.d_head, tile.query);
  for (int block = 0; block < n_blocks; ++block) {
    multiply(tile.query, terms.d_groups * kGroupRows,
             terms.keys.at(ptrdiff_t{block} * terms.d_groups), tile.scores + block * kBlock,
             n_positions);
  }
  float factors[kMostTileRows];
  for (int r = 0; r < tile.n_rows; ++r) {  // later keys get a weight of zero: the causal mask
    factors[r] =
        1 / k.exp_row(tile.scores + ptrdiff_t{r} * n_positions, tile.n_keys(r), n_positions, scale);
  }
  for (int block = 0; block < n_blocks; ++block) {  // whole rows' terms would lie far apart
    k.split_rows(tile.scores + block * kBlock, n_positions, tile.n_rows, kBlock,
                 tile.weights + ptrdiff_t{block} * kBlockGroups * kRowTerms * 2);
  }
  alignas(64) float sums[kMostTileRows * kPanelCols];
  for (int panel = 0; panel < terms.n_value_panels; ++panel) {
    multiply(tile.weights, n_positions,
             terms.values.at(ptrdiff_t{panel} * terms.n_blocks * kBlockGroups), sums, kPanelCols);
    const int col = panel * shape.value_width;
    const int n_cols = std::min(shape.value_width, shape.d_head - col);
    for (int r = 0; r < tile.n_rows; ++r) {
      const float *const from = sums + r * kPanelCols, factor = factors[r];
      float* const to = out + r * out_stride + col;
      for (int c = 0; c < n_cols; ++c) to[c] = from[c] * factor;
    }
  }
}

}  // namespace

void attend_by_terms(const Matrix& qkv, float scale, const LayerCache& cache, int head, int begin,
                     int end, Matrix& heads) {
  const int most_rows = kernels().many_rows;
  assert(most_rows == kMostTileRows);
  // Whole blocks, if there are more rows: which of them other threads take must not matter, not
  // even where a value is NaN, which a weight of zero does not hide.
  const int n_keys = cache.n_past + static_cast<int>(qkv.rows());
  HeadTerms terms(cache, head, std::min(n_keys, CacheShape::n_blocks(cache.n_past + end) * kBlock));
  const size_t n_positions = static_cast<size_t>(terms.n_blocks) * kBlock;
  ActivationMemory scores(n_positions * kMostTileRows);
  ActivationMemory query(static_cast<size_t>(terms.d_groups * kRowTerms));
  ActivationMemory weights(n_positions / kGroupRows * static_cast<size_t>(kRowTerms));
  for (int row = begin; row < end; row += most_rows) {
    const Tile tile = {.qkv = qkv,
                       .cache = cache,
                       .head = head,
                       .row = row,
                       .n_rows = std::min(most_rows, end - row),
                       .scores = scores.data(),
                       .query = reinterpret_cast<uint16_t*>(query.data()),
                       .weights = reinterpret_cast<uint16_t*>(weights.data())};
    attend(tile, scale, terms, heads.data() + row * heads.cols() + head * cache.shape.d_head,
           heads.cols());
  }
}

}  // namespace gpt2run
