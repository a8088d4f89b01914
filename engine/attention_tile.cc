#include "engine/attention_tile.h"

#include <algorithm>

#include "engine/kernels/kernels.h"

namespace gpt2run {

void exponentiate(const QueryTile& tile, float scale, float* scores, float* factors) {
  const int n_positions = tile.n_blocks() * CacheShape::kPositions;
  for (int r = 0; r < tile.n_rows; ++r) {
    factors[r] = 1 / kernels().exp_row(scores + ptrdiff_t{r} * n_positions, tile.n_keys(r),
                                       n_positions, scale);
  }
}

void put_columns(const QueryTile& tile, int panel, const float* sums, const float* factors,
                 Matrix& heads) {
  const CacheShape& shape = tile.cache.shape;
  const int col = panel * shape.value_width;
  const int n_cols = std::min(shape.value_width, shape.d_head - col);
  for (int r = 0; r < tile.n_rows; ++r) {
    const float *const from = sums + r * kPanelCols, factor = factors[r];
    float* const to =
        heads.data() + (tile.row + r) * heads.cols() + ptrdiff_t{tile.head} * shape.d_head + col;
    for (int c = 0; c < n_cols; ++c) to[c] = from[c] * factor;
  }
}

}  // namespace gpt2run
