#include "support/costs.h"

namespace gpt2run {
namespace {

double bytes_of(const Linear& linear) {
  return static_cast<double>(weight_bytes(linear.w)) +
         sizeof(float) * static_cast<double>(linear.b.size);
}

double bytes_of(const LayerNorm& ln) {
  return sizeof(float) * static_cast<double>(ln.g.size + ln.b.size);
}

// Multiplications of one token by all weights of the layers.
double layer_weights(const Hparams& hparams) {
  const double n_embd = hparams.n_embd;
  return hparams.n_layer * (4 * n_embd * n_embd + 2 * n_embd * hparams.d_mlp());
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

double cache_bytes(const Hparams& hparams, double n_past) {
  return sizeof(float) * 2.0 * hparams.n_layer * hparams.n_embd * n_past;
}

double pass_operations(const Hparams& hparams, double n_seq, double n_past, double n_logits) {
  const double n_embd = hparams.n_embd;
  const double n_seen = n_seq * n_past + n_seq * (n_seq + 1) / 2;  // keys, over all rows
  const double attention = 2 * n_embd * n_seen * hparams.n_layer;
  return 2 * (n_seq * layer_weights(hparams) + attention + n_logits * n_embd * hparams.n_vocab);
}

}  // namespace gpt2run
