#include "engine/attention.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/threads.h"
#include "engine/attention_terms.h"
#include "engine/attention_tile.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"
#include "engine/kernels/store_head.h"
#include "engine/ops.h"

namespace gpt2run {
namespace {

constexpr int kBlock = CacheShape::kPositions;

// scores[r][j] = q of row + r by key j.
//   scores  [n_rows] rows of whole blocks, stride apart
void multiply_keys(const QueryTile& tile, float* scores, ptrdiff_t stride) {
  const auto kernel = kernels().multiply_cached(tile.cache.type);
  for (int block = 0; block < tile.n_blocks(); ++block) {
    kernel({.x = tile.queries(),
            .x_stride = tile.qkv.cols(),
            .n_rows = tile.n_rows,
            .panel = tile.cache.keys(block, tile.head),
            .panel_stride = kBlock,
            .n_in = tile.cache.shape.d_head,
            .first_col = 0,
            .n_cols = in_column_units(tile.n_keys_of(block)),
            .sums = scores + block * kBlock,
            .sums_stride = stride,
            .add_to_sums = false});
  }
}

// sums[r] = the values of one panel, weighted by row r of the scores.
//   sums  [n_rows][64]
void multiply_values(const QueryTile& tile, const float* scores, ptrdiff_t stride, int panel,
                     float* sums) {
  const int width = tile.cache.shape.value_width;
  const auto kernel = kernels().multiply_cached(tile.cache.type);
  for (int block = 0; block < tile.n_blocks(); ++block) {
    kernel({.x = scores + block * kBlock,
            .x_stride = stride,
            .n_rows = tile.n_rows,
            .panel = tile.cache.values(block, tile.head, panel),
            .panel_stride = width,
            .n_in = tile.n_keys_of(block),
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

double store_work(const Matrix& qkv, int n_seq) {
  return 8.0 * n_seq * static_cast<double>(qkv.cols());
}

// The keys and values of the first n_seq rows.
void store_rows(const Matrix& qkv, int n_seq, const LayerCache& cache) {
  parallel_for(cache.shape.n_head, store_work(qkv, n_seq),
               [&](int head) { store_head(qkv, n_seq, cache, head); });
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

Matrix attention(const Matrix& qkv, float scale, const LayerCache& cache) {
  const int n_seq = static_cast<int>(qkv.rows()), n_head = cache.shape.n_head;
  const Eigen::Index n_embd = qkv.cols() / 3;
  assert(n_head * cache.shape.d_head == n_embd);
  Matrix heads(n_seq, n_embd);
  const TermKernels* const terms = terms_for(n_seq, cache.may_round);
  const auto attend_rows = [&](int head, int begin, int end) {
    if (terms != nullptr) {
      return attend_by_terms(*terms, qkv, scale, cache, head, begin, end, heads);
    }
    for (int row = begin; row < end; row += kTileRows) {
      attend({qkv, cache, head, row, std::min(kTileRows, end - row)}, scale, heads);
    }
  };
  const double work = 4.0 * static_cast<double>(n_embd) * n_seq * (cache.n_past + n_seq);
  const int n_task_rows = task_rows(n_seq, n_head, terms != nullptr);
  if (n_seq <= n_task_rows) {  // one task a head, with the storing of its keys and values
    const double work_and_storing = store_work(qkv, n_seq) + work;
    // Mostly the same heads on a thread, pass after pass, in whose cache they may be.
    parallel_pieces(n_head, 1, 1, work_and_storing, [&] {
      return [&](const Piece& piece) {
        const int head = static_cast<int>(piece.begin);
        store_head(qkv, n_seq, cache, head);
        attend_rows(head, 0, n_seq);
      };
    });
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
  return [cache](const Matrix& qkv, float scale) { return attention(qkv, scale, cache); };
}

Attend attend_with_last_row(const LayerCache& cache) {
  return [cache](const Matrix& qkv, float scale) {
    const int n_others = static_cast<int>(qkv.rows()) - 1;
    store_rows(qkv, n_others, cache);
    LayerCache longer = cache;
    longer.n_past += n_others;
    return attention(qkv.bottomRows(1), scale, longer);
  };
}

Matrix add_mha(const Matrix& residual, const Rows& x, const Attn& attn, float scale,
               const Attend& attend) {
  const Matrix qkv = linear(x, attn.c_attn);        // -> [n_seq, 3*n_embd]
  const Rows heads(attend(qkv, scale));             // -> [n_seq or fewer, n_embd]
  return linear_add(residual, heads, attn.c_proj);  // -> as many
}

}  // namespace gpt2run
