#include "support/costs.h"

#include "engine/kv_cache.h"

namespace gpt2run {
namespace {

double bytes_of(const Linear& linear) {
  return static_cast<double>(weight_bytes(linear.w)) +
         sizeof(float) * static_cast<double>(linear.b.size);
}

double bytes_of(const LayerNorm& ln) {
  return sizeof(float) * static_cast<double>(ln.g.size + ln.b.size);
}

// Multiplications of one token by a layer's weights.
double layer_weights(const Hparams& hparams) {
  const double n_embd = hparams.n_embd;
  return 4 * n_embd * n_embd + 2 * n_embd * hparams.d_mlp();
}

}  // namespace

double weight_bytes(const Params& params) {
  double n = bytes_of(params.ln_f) + static_cast<double>(weight_bytes(params.lm_head));
  for (const Block& block : params.blocks) {
    n += bytes_of(block.ln_1) + bytes_of(block.attn.c_attn) + bytes_of(block.attn.c_proj) +
         bytes_of(block.ln_2) + bytes_of(block.mlp.c_fc) + bytes_of(block.mlp.c_proj);
  }
  return n;
}

double cache_bytes(const Params& params, double n_past) {
  return position_bytes(params.hparams, params.type) * n_past;
}

double pass_operations(const Hparams& hparams, double n_seq, double n_past) {
  const double n_embd = hparams.n_embd, n_others = hparams.n_layer - 1;
  const double n_seen = n_seq * n_past + n_seq * (n_seq + 1) / 2;  // keys, over all rows
  const double products =
      layer_weights(hparams) * (n_seq * n_others + 1) + 2 * n_embd * n_embd * (n_seq - 1);
  const double attention = 2 * n_embd * (n_seen * n_others + n_past + n_seq);
  return 2 * (products + attention + n_embd * hparams.n_vocab);
}

}  // namespace gpt2run
