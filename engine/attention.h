#pragma once

#include <functional>

#include "engine/kv_cache.h"
#include "engine/params.h"
#include "engine/rows.h"
#include "engine/tensor.h"

namespace gpt2run {

// softmax(scale * q k^T) v of every head, side by side, where row i sees the rows [0, n_past + i]
// only.
//   qkv      [n_seq, 3*n_embd]: queries, keys, values; the keys and values go into the cache,
//            behind the n_past ones
//   returns  [n_seq, n_embd]
// Where LayerCache::may_round, many rows' queries, keys, values and weights are rounded to bfloat16
// (terms_for, attention_terms.h).
// A row's bits do not depend on the rows beside it, as long as no terms are taken for them.
// Requires: n_past + n_seq <= n_ctx.
Matrix attention(const Matrix& qkv, float scale, const LayerCache& cache);

// Whose keys and values the rows of a pass see: attention() over one cache, or each row over its
// own sequence's (engine/batch.h).
//   qkv      [n_seq, 3*n_embd]
//   returns  [n_seq, n_embd], or of the last rows only
using Attend = std::function<Matrix(const Matrix& qkv, float scale)>;
Attend attend_to(const LayerCache& cache);

// [1, n_embd]: of the other rows only the keys and values are kept.
Attend attend_with_last_row(const LayerCache& cache);

// residual + causal multi-head self-attention of x.
//   residual, x  [n_seq, n_embd]
//   scale        what each score is multiplied by
//   returns      [n_seq, n_embd], or the last rows, if attend gives no more
// Source: openai/gpt-2 src/model.py, attn().
Matrix add_mha(const Matrix& residual, const Rows& x, const Attn& attn, float scale,
               const Attend& attend);

}  // namespace gpt2run
