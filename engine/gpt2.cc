#include "engine/gpt2.h"

#include <cmath>

#include "engine/check_ids.h"
#include "engine/ops.h"

namespace gpt2run {
namespace {

// What the layer multiplies its attention scores by.
float score_scale(const Hparams& hparams, int layer) {
  float scale = 1;
  if (hparams.scale_attn_weights) scale /= std::sqrt(static_cast<float>(hparams.d_head()));
  if (hparams.scale_attn_by_inverse_layer_idx) scale /= static_cast<float>(layer + 1);
  return scale;
}

}  // namespace

Matrix add_ffn(const Matrix& residual, const Rows& x, const Mlp& mlp, Activation activation) {
  // [n_seq, n_embd] -> [n_seq, d_mlp] -> [n_seq, n_embd]
  const Rows a = linear_gelu(x, mlp.c_fc, activation, mlp.c_proj.w);
  return linear_add(residual, a, mlp.c_proj);
}

Matrix transformer_block(const Matrix& x, const Params& params, int layer, const Attend& attend) {
  const Hparams& hparams = params.hparams;
  const auto& [ln_1, attn, ln_2, mlp] = params.blocks[layer];
  const float epsilon = hparams.layer_norm_epsilon, scale = score_scale(hparams, layer);
  // x: [n_seq, n_embd]; h, and what is added to it: the same, or the rows that attend gives
  const Rows normal_x = layer_norm(x, ln_1, epsilon, attn.c_attn.w);
  const Matrix h = add_mha(x, normal_x, attn, scale, attend);
  const Rows normal_h = layer_norm(h, ln_2, epsilon, mlp.c_fc.w);
  return add_ffn(h, normal_h, mlp, hparams.activation);
}

Matrix last_hidden_state(std::span<const int> ids, const Params& params, KvCache& cache,
                         LogitsOf logits_of) {
  const Hparams& hparams = params.hparams;
  check_ids(ids, hparams);
  check_room(ids.size(), cache);

  Matrix x = embedding(ids, cache.n_past(), params.wte, params.wpe);  // [n_seq] -> [n_seq, n_embd]
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    // Of the last layer's other rows nothing but keys and values is read again.
    const bool is_last_row_enough = logits_of == LogitsOf::kLastRow && layer + 1 == hparams.n_layer;
    const auto attend = is_last_row_enough ? attend_with_last_row : attend_to;
    x = transformer_block(x, params, layer, attend(cache.layer(layer)));
  }
  cache.advance(static_cast<int>(ids.size()));
  return layer_norm(x, params.ln_f, hparams.layer_norm_epsilon);
}

Matrix gpt2(std::span<const int> ids, const Params& params, KvCache& cache, LogitsOf logits_of) {
  const Matrix x = last_hidden_state(ids, params, cache, logits_of);
  return lm_head(x, params.lm_head);  // -> [n_seq or 1, n_vocab]
}

}  // namespace gpt2run
