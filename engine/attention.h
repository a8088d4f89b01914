#pragma once

#include "engine/kv_cache.h"
#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// Causal multi-head self-attention over the cached rows and the new ones.
//   x        [n_seq, n_embd]
//   scale    what each score is multiplied by
//   returns  [n_seq, n_embd]
// Writes the new rows' keys and values to rows [n_past, n_past + n_seq) of the cache.
// Requires: n_past + n_seq <= n_ctx; n_head divides n_embd.
// Source: openai/gpt-2 src/model.py, attn().
Matrix mha(const Matrix& x, const Attn& attn, float scale, const LayerCache& cache);

// softmax(scale * q k^T) v of every head, side by side, where row i sees the rows [0, n_past + i]
// only.
//   qkv      [n_seq, 3*n_embd]: queries, keys, values; the keys and values go into the cache, behind
//            the n_past ones
//   returns  [n_seq, n_embd]
// A row's bits do not depend on the rows beside it.
Matrix attention(const Matrix& qkv, float scale, const LayerCache& cache);

}  // namespace gpt2run
