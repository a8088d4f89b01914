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
Matrix mha(const Matrix& x, const Attn& attn, int n_head, float scale, LayerCache cache);

// One head: softmax(scale * q k^T) v, where the row i of q sees the rows [0, n_past + i]
// only.
//   q        [n_seq, d_head]
//   k, v     [n_past + n_seq, d_head]
//   returns  [n_seq, d_head]
using HeadView = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
Matrix attention(const HeadView& q, const HeadView& k, const HeadView& v, float scale);

}  // namespace gpt2run
