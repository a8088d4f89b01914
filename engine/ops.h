#pragma once

#include <span>

#include "engine/params.h"
#include "engine/rows.h"
#include "engine/tensor.h"

namespace gpt2run {

// The operations that gpt2.cc is made of.
// Threads: each computes with n_threads(), and may be called by several at once. Errors:
// std::bad_alloc.

// (x - mean) / sqrt(variance + epsilon) * g + b, along each row; the variance is the biased one.
//   x, returns  [n_seq, n_embd]
// Source: openai/gpt-2 src/model.py, norm().
Matrix layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon);
// The same as a product with `next` reads it.
Rows layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon, const Weight& next);

// x * w + b.
//   x        [n_seq, n_in]
//   returns  [n_seq, n_out]
// Source: openai/gpt-2 src/model.py, conv1d().
Matrix linear(const Rows& x, const Linear& layer);

// residual + x * w + b: what half a layer adds to the residual stream.
//   residual  [n_seq, n_out]; of more rows the last n_seq
//   x         [n_seq, n_in]
//   returns   [n_seq, n_out]
Matrix linear_add(const Matrix& residual, const Rows& x, const Linear& layer);

// activation(x * w + b), element by element
//   kGeluTanh  0.5 * y * (1 + tanh(sqrt(2/pi) * (y + 0.044715 * y^3))): what GPT-2 was trained with
//   kGeluErf   0.5 * y * (1 + erf(y / sqrt(2)))
//   x        [n_seq, n_in]
//   next     the weight of the product that reads the result
//   returns  [n_seq, n_out], as that product reads it
// Source: openai/gpt-2 src/model.py, gelu(); torch.nn.GELU().
Rows linear_gelu(const Rows& x, const Linear& layer, Activation activation, const Weight& next);

// The token's column of wte plus the position's row of wpe.
//   ids      [n_seq]          each in [0, n_vocab)
//   returns  [n_seq, n_embd]
// Requires: n_past + n_seq <= n_ctx.
Matrix embedding(std::span<const int> ids, int n_past, const Weight& wte, const LookupTable& wpe);

// x * w, where w is wte itself if the head is tied to the embedding.
//   x        [n_seq, n_embd]
//   w        n_in = n_embd, n_out = n_vocab
//   returns  [n_seq, n_vocab]
Matrix lm_head(const Matrix& x, const Weight& w);

}  // namespace gpt2run
