#include "support/repacked.h"

#include <algorithm>

#include "support/matrices.h"

namespace gpt2run {
namespace {

void copy(const Weight& from, const Weight& to) {
  pack(unpacked(from).data(), MatrixOrder::kInOut, to);
}
void copy(const WeightVector& from, const WeightVector& to) {
  std::copy_n(from.data, from.size, to.data);
}
void copy(const LayerNorm& from, const LayerNorm& to) {
  copy(from.g, to.g);
  copy(from.b, to.b);
}
void copy(const Linear& from, const Linear& to) {
  copy(from.w, to.w);
  copy(from.b, to.b);
}

}  // namespace

Params repacked_by_columns(const Params& params, WeightType type) {
  Params other = make_params(params.hparams, type);
  copy(params.wte, other.wte);
  std::copy_n(params.wpe.data, params.wpe.rows * params.wpe.cols, other.wpe.data);
  for (size_t i = 0; i < params.blocks.size(); ++i) {
    const Block &from = params.blocks[i], &to = other.blocks[i];
    copy(from.ln_1, to.ln_1);
    copy(from.attn.c_attn, to.attn.c_attn);
    copy(from.attn.c_proj, to.attn.c_proj);
    copy(from.ln_2, to.ln_2);
    copy(from.mlp.c_fc, to.mlp.c_fc);
    copy(from.mlp.c_proj, to.mlp.c_proj);
  }
  copy(params.ln_f, other.ln_f);
  if (params.lm_head.data != params.wte.data) {
    untie_head(other);
    copy(params.lm_head, other.lm_head);
  }
  return other;
}

}  // namespace gpt2run
