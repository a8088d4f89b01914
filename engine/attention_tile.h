#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/kv_cache.h"
#include "engine/tensor.h"

namespace gpt2run {

// Some queries of one head, [row, row + n_rows) of qkv, whose keys and values are in the cache.
// Owns nothing.
struct QueryTile {
  const Matrix& qkv;  // [n_seq, 3*n_embd]
  const LayerCache& cache;
  int head, row, n_rows;

  int n_keys(int r) const { return cache.n_past + row + r + 1; }  // that query row + r sees
  int n_keys() const { return n_keys(n_rows - 1); }
  int n_blocks() const { return CacheShape::n_blocks(n_keys()); }
  int n_keys_of(int block) const {
    return std::min(CacheShape::kPositions, n_keys() - block * CacheShape::kPositions);
  }

  // [n_rows][d_head], qkv.cols() from row to row.
  const float* queries() const {
    return qkv.data() + row * qkv.cols() + ptrdiff_t{head} * cache.shape.d_head;
  }
};

// Scores become their exponentials, and those of later keys zero: the causal mask.
//   scores   [n_rows][64 * n_blocks()]
//   factors  [n_rows]  what each row's exponentials are to be multiplied by to add up to 1
void exponentiate(const QueryTile& tile, float scale, float* scores, float* factors);

// The head's columns of heads from one panel of values.
//   sums   [n_rows][64]  the panel's values, weighted by the exponentials
//   heads  [n_seq, n_embd]
void put_columns(const QueryTile& tile, int panel, const float* sums, const float* factors,
                 Matrix& heads);

}  // namespace gpt2run
