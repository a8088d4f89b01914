#pragma once

#include <span>

#include "engine/attention.h"
#include "engine/kv_cache.h"
#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// The last row alone costs less: of the last layer it is then computed as one row by itself, whose
// bits are those among many rows where product.h says so (kFewRows).
enum class LogitsOf { kLastRow, kAllRows };

// The model: logits for the token after each new one.
//   ids     [n_seq]           the new tokens, which stand behind the cache's n_past earlier ones
//   returns [n_seq, n_vocab]  unnormalised logits; [1, n_vocab] for LogitsOf::kLastRow
// Prefill is one call with the whole prompt; decode is a call with one id.
// Requires: the cache was made for these hparams. On return it holds n_seq rows more.
// Owns: nothing; params outlive the call.
// Threads: const Params may be shared, one cache a sequence.
// Errors: std::invalid_argument if ids is empty or an id is not in [0, n_vocab); std::length_error
// if n_past + n_seq > n_ctx. The cache is unchanged then.
// Source: openai/gpt-2 src/model.py, model(); picoGPT gpt2().
Matrix gpt2(std::span<const int> ids, const Params& params, KvCache& cache,
            LogitsOf logits_of = LogitsOf::kLastRow);

// The same without the head: the rows that lm_head multiplies.
//   returns [n_seq, n_embd]; [1, n_embd] for LogitsOf::kLastRow
Matrix last_hidden_state(std::span<const int> ids, const Params& params, KvCache& cache,
                         LogitsOf logits_of);

// params.blocks[layer].
//   x       [n_seq, n_embd]
//   attend  over that layer's keys and values
//   returns [n_seq, n_embd], or the last rows, if attend gives no more
// Source: openai/gpt-2 src/model.py, block().
Matrix transformer_block(const Matrix& x, const Params& params, int layer, const Attend& attend);

// residual + the feed-forward half of a layer: expand x to d_mlp, gelu, project back.
//   residual, x  [n_seq, n_embd]
//   returns      [n_seq, n_embd]
// Source: openai/gpt-2 src/model.py, mlp().
Matrix add_ffn(const Matrix& residual, const Rows& x, const Mlp& mlp, Activation activation);

}  // namespace gpt2run
