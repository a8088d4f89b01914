#pragma once

#include <span>

#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// 0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3))), element by element: the tanh form that
// GPT-2 was trained with. Source: openai/gpt-2 src/model.py, gelu().
Matrix gelu(Matrix x);

// x + y: what a layer adds to the residual stream.
//   x, y, returns  [n_seq, n_embd]
Matrix add(const Matrix& x, Matrix y);

// exp(x - max) / sum of the same, along each row.
//   x, returns  [rows, cols]
Matrix softmax(Matrix x);

// (x - mean) / sqrt(variance + 1e-5) * g + b, along each row; the variance is the biased one.
//   x, returns  [n_seq, n_embd]
// Source: openai/gpt-2 src/model.py, norm().
Matrix layer_norm(const Matrix& x, const LayerNorm& ln);

// x * w + b.
//   x        [n_seq, n_in]
//   returns  [n_seq, n_out]
// Source: openai/gpt-2 src/model.py, conv1d().
Matrix linear(const Matrix& x, const Linear& layer);

// The token's row of wte plus the position's row of wpe.
//   ids      [n_seq]          each in [0, n_vocab)
//   returns  [n_seq, n_embd]
// Requires: n_past + n_seq <= n_ctx.
Matrix embedding(std::span<const int> ids, int n_past, const Weight& wte, const Weight& wpe);

// x * wte^T: the head is tied to the embedding.
//   x        [n_seq, n_embd]
//   returns  [n_seq, n_vocab]
Matrix lm_head(const Matrix& x, const Weight& wte);

}  // namespace gpt2run
