#pragma once

#include <span>

#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// Element by element
//   kGeluTanh  0.5 * x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 * x^3))): what GPT-2 was trained with
//   kGeluErf   0.5 * x * (1 + erf(x / sqrt(2)))
// Source: openai/gpt-2 src/model.py, gelu(); torch.nn.GELU().
Matrix gelu(Matrix x, Activation activation);

// x + y: what a layer adds to the residual stream.
//   x, y, returns  [n_seq, n_embd]
Matrix add(const Matrix& x, Matrix y);

// exp(x - max) / sum of the same, along each row.
//   x, returns  [rows, cols]
Matrix softmax(Matrix x);

// (x - mean) / sqrt(variance + epsilon) * g + b, along each row; the variance is the biased one.
//   x, returns  [n_seq, n_embd]
// Source: openai/gpt-2 src/model.py, norm().
Matrix layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon);

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

// x * w^T, where w is wte itself if the head is tied to the embedding.
//   x        [n_seq, n_embd]
//   w        [n_vocab, n_embd]
//   returns  [n_seq, n_vocab]
Matrix lm_head(const Matrix& x, const Weight& w);

}  // namespace gpt2run
