#include "engine/gpt2.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "engine/attention.h"
#include "engine/ops.h"

namespace gpt2run {
namespace {

void check_ids(std::span<const int> ids, const Hparams& hparams, const KvCache& cache) {
  if (ids.empty()) throw std::invalid_argument("ids: expected at least one, found none");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= hparams.n_vocab) {
      throw std::invalid_argument("ids[" + std::to_string(i) + "]: expected 0 to " +
                                  std::to_string(hparams.n_vocab - 1) + ", found " +
                                  std::to_string(ids[i]));
    }
  }
  const size_t n_free = static_cast<size_t>(cache.n_ctx() - cache.n_past());
  if (ids.size() > n_free) {
    throw std::length_error("expected at most n_ctx = " + std::to_string(cache.n_ctx()) +
                            " tokens, found " +
                            std::to_string(static_cast<size_t>(cache.n_past()) + ids.size()));
  }
}

// What the layer multiplies its attention scores by.
float score_scale(const Hparams& hparams, int layer) {
  float scale = 1;
  if (hparams.scale_attn_weights) scale /= std::sqrt(static_cast<float>(hparams.d_head()));
  if (hparams.scale_attn_by_inverse_layer_idx) scale /= static_cast<float>(layer + 1);
  return scale;
}

}  // namespace

Matrix ffn(const Matrix& x, const Mlp& mlp, Activation activation) {
  Matrix a = linear_gelu(x, mlp.c_fc, activation);  // [n_seq, n_embd] -> [n_seq, d_mlp]
  return linear(a, mlp.c_proj);                     // [n_seq, d_mlp] -> [n_seq, n_embd]
}

Matrix transformer_block(const Matrix& x, const Params& params, int layer,
                         const LayerCache& cache) {
  const Hparams& hparams = params.hparams;
  const auto& [ln_1, attn, ln_2, mlp] = params.blocks[layer];
  const float epsilon = hparams.layer_norm_epsilon, scale = score_scale(hparams, layer);
  // x, h and what is added to them: [n_seq, n_embd]
  Matrix h = add(x, mha(layer_norm(x, ln_1, epsilon), attn, scale, cache));
  return add(h, ffn(layer_norm(h, ln_2, epsilon), mlp, hparams.activation));
}

Matrix last_hidden_state(std::span<const int> ids, const Params& params, KvCache& cache,
                         LogitsOf logits_of) {
  const Hparams& hparams = params.hparams;
  check_ids(ids, hparams, cache);

  Matrix x = embedding(ids, cache.n_past(), params.wte, params.wpe);  // [n_seq] -> [n_seq, n_embd]
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    x = transformer_block(x, params, layer, cache.layer(layer));
  }
  cache.advance(static_cast<int>(ids.size()));
  if (logits_of == LogitsOf::kLastRow) x = x.bottomRows(1).eval();  // [1, n_embd]
  return layer_norm(x, params.ln_f, hparams.layer_norm_epsilon);
}

Matrix gpt2(std::span<const int> ids, const Params& params, KvCache& cache, LogitsOf logits_of) {
  const Matrix x = last_hidden_state(ids, params, cache, logits_of);
  return lm_head(x, params.lm_head);  // -> [n_seq or 1, n_vocab]
}

}  // namespace gpt2run
