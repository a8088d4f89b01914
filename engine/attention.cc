#include "engine/attention.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/threads.h"
#include "engine/attention_terms.h"
#include "engine/attention_tile.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/move_floats.h"
#include "engine/kernels/product.h"
#include "engine/ops.h"

namespace gpt2run {
namespace {

constexpr int kBlock = CacheShape::kPositions;

// scores[r][j] = q of row + r by key j.
//   scores  [n_rows] rows of whole blocks, stride apart
void multiply_keys(const QueryTile& tile, float* scores, ptrdiff_t stride) {
  for (int block = 0; block < tile.n_blocks(); ++block) {
    const float* const keys = tile.cache.keys(block, tile.head);
    const int n_keys = std::min(kBlock, tile.n_keys() - block * kBlock);
    kernels().multiply_f32({.x = tile.queries(),
                            .x_stride = tile.qkv.cols(),
                            .n_rows = tile.n_rows,
                            .panel = reinterpret_cast<const std::byte*>(keys),
                            .panel_stride = kBlock,
                            .n_in = tile.cache.shape.d_head,
                            .first_col = 0,
                            .n_cols = (n_keys + kColumnUnit - 1) / kColumnUnit * kColumnUnit,
                            .sums = scores + block * kBlock,
                            .sums_stride = stride,
                            .add_to_sums = false});
  }
}

// sums[r] = the values of one panel, weighted by row r of the scores.
//   sums  [n_rows][64]
void multiply_values(const QueryTile& tile, const float* scores, ptrdiff_t stride, int panel,
                     float* sums) {
  const int width = tile.cache.shape.value_width, n_keys = tile.n_keys();
  for (int block = 0; block < tile.n_blocks(); ++block) {
    const float* const values = tile.cache.values(block, tile.head, panel);
    kernels().multiply_f32({.x = scores + block * kBlock,
                            .x_stride = stride,
                            .n_rows = tile.n_rows,
                            .panel = reinterpret_cast<const std::byte*>(values),
                            .panel_stride = width,
                            .n_in = std::min(kBlock, n_keys - block * kBlock),
                            .first_col = 0,
                            .n_cols = width,
                            .sums = sums,
                            .sums_stride = kPanelCols,
                            .add_to_sums = block > 0});
  }
}

// At most kTileRows queries.
void attend(const QueryTile& tile, float scale, Matrix& heads) {
  thread_local std::vector<float> scores;
  const ptrdiff_t stride = ptrdiff_t{tile.n_blocks()} * kBlock;
  scores.resize(static_cast<size_t>(stride * tile.n_rows));
  multiply_keys(tile, scores.data(), stride);
  float factors[kTileRows];
  exponentiate(tile, scale, scores.data(), factors);
  alignas(64) float sums[kTileRows * kPanelCols];
  for (int panel = 0; panel < tile.cache.shape.n_value_panels; ++panel) {
    multiply_values(tile, scores.data(), stride, panel, sums);
    put_columns(tile, panel, sums, factors, heads);
  }
}

// Some positions' keys of one head into a block, n at most kBlock.
//   k     [n] rows of d_head numbers, k_stride apart
//   keys  the first position's place in [d_head][64]
void store_keys(const float* k, ptrdiff_t k_stride, int n, int d_head, float* keys) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    int d = 0;
    for (; d + 4 <= d_head; d += 4) {
      transpose_4x4(k + i * k_stride + d, static_cast<size_t>(k_stride), keys + d * kBlock + i,
                    kBlock);
    }
    for (; d < d_head; ++d) {
      for (int j = i; j < i + 4; ++j) keys[d * kBlock + j] = k[j * k_stride + d];
    }
  }
  for (; i < n; ++i) {
    for (int d = 0; d < d_head; ++d) keys[d * kBlock + i] = k[i * k_stride + d];
  }
}

// Columns of a head, of the first n_seq rows: keys at [n_embd ...), values at [2*n_embd ...).
void store_head(const Matrix& qkv, int n_seq, const LayerCache& cache, int head) {
  const int d_head = cache.shape.d_head, width = cache.shape.value_width;
  const Eigen::Index stride = qkv.cols(), n_embd = stride / 3;
  for (int row = 0; row < n_seq;) {
    const int block = (cache.n_past + row) / kBlock, at = (cache.n_past + row) % kBlock;
    const int n = std::min(kBlock - at, n_seq - row);
    const float* const k = qkv.data() + row * stride + n_embd + head * d_head;
    store_keys(k, stride, n, d_head, cache.keys(block, head) + at);
    for (int col = 0; col < d_head; col += width) {
      const int n_cols = std::min(width, d_head - col);
      float* const values = cache.values(block, head, col / width) + at * width;
      for (int i = 0; i < n; ++i) {
        std::copy_n(k + n_embd + i * stride + col, n_cols, values + i * width);
      }
    }
    row += n;
  }
}

void store_rows(const Matrix& qkv, int n_seq, const LayerCache& cache) {
  const double work = 8.0 * n_seq * static_cast<double>(qkv.cols());
  parallel_for(cache.shape.n_head, work, [&](int head) { store_head(qkv, n_seq, cache, head); });
}

// Rows of a task, which is a head by some of them: few enough for many threads, each with a head's
// keys and values in its cache; whole tiles. By terms, which each task makes of keys and values,
// tasks are no more than threads need.
int task_rows(int n_seq, int n_head, bool by_terms) {
  constexpr int kTaskRows = 8 * kTileRows;
  if (!by_terms) return kTaskRows;
  const int n_tasks_a_head = (2 * n_threads() + n_head - 1) / n_head, tile = kernels().many_rows;
  const int n_rows = std::max(kTaskRows, (n_seq + n_tasks_a_head - 1) / n_tasks_a_head);
  return (n_rows + tile - 1) / tile * tile;
}

}  // namespace

Matrix attention(const Matrix& qkv, float scale, WeightType type, const LayerCache& cache) {
  const int n_seq = static_cast<int>(qkv.rows()), n_head = cache.shape.n_head;
  const Eigen::Index n_embd = qkv.cols() / 3;
  assert(n_head * cache.shape.d_head == n_embd);
  Matrix heads(n_seq, n_embd);
  const TermKernels* const terms = attention_terms(n_seq, type);
  const auto attend_rows = [&](int head, int begin, int end) {
    if (terms != nullptr) {
      return attend_by_terms(*terms, qkv, scale, cache, head, begin, end, heads);
    }
    for (int row = begin; row < end; row += kTileRows) {
      attend({qkv, cache, head, row, std::min(kTileRows, end - row)}, scale, heads);
    }
  };
  const double store_work = 8.0 * static_cast<double>(qkv.size());
  const double work = 4.0 * static_cast<double>(n_embd) * n_seq * (cache.n_past + n_seq);
  const int n_task_rows = task_rows(n_seq, n_head, terms != nullptr);
  if (n_seq <= n_task_rows) {  // one task a head, with the storing of its keys and values
    const auto attend_head = [&](int head) {
      store_head(qkv, n_seq, cache, head);
      attend_rows(head, 0, n_seq);
    };
    if (n_seq > kFewRows) {
      parallel_for(n_head, store_work + work, attend_head);
    } else {  // pass after pass the same heads on a thread, in whose cache they may be
      parallel_ranges(n_head, 1, store_work + work, [&](int64_t begin, int64_t end) {
        for (int64_t head = begin; head < end; ++head) attend_head(static_cast<int>(head));
      });
    }
    return heads;
  }
  store_rows(qkv, n_seq, cache);
  const int n_tasks_a_head = (n_seq + n_task_rows - 1) / n_task_rows;
  parallel_for(n_head * n_tasks_a_head, work, [&](int task) {
    const int begin = task % n_tasks_a_head * n_task_rows;
    attend_rows(task / n_tasks_a_head, begin, std::min(begin + n_task_rows, n_seq));
  });
  return heads;
}

Attend attend_to(const LayerCache& cache) {
  return [cache](const Matrix& qkv, float scale, WeightType type) {
    return attention(qkv, scale, type, cache);
  };
}

Attend attend_with_last_row(const LayerCache& cache) {
  return [cache](const Matrix& qkv, float scale, WeightType type) {
    const int n_others = static_cast<int>(qkv.rows()) - 1;
    store_rows(qkv, n_others, cache);
    LayerCache longer = cache;
    longer.n_past += n_others;
    return attention(qkv.bottomRows(1), scale, type, longer);
  };
}

Matrix add_mha(const Matrix& residual, const Matrix& x, const Attn& attn, float scale,
               const Attend& attend) {
  const Matrix qkv = linear(x, attn.c_attn);  // [n_seq, n_embd] -> [n_seq, 3*n_embd]
  const Matrix heads = attend(qkv, scale, attn.c_attn.w.type);  // -> [n_seq, n_embd]
  return linear_add(residual, heads, attn.c_proj);  // [n_seq, n_embd] -> [n_seq, n_embd]
}

}  // namespace gpt2run
