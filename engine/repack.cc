#include "engine/repack.h"

#include <cassert>
#include <stdexcept>
#include <string>

#include "base/threads.h"
#include "engine/kernels/kernels.h"

namespace gpt2run {
namespace {

void repack(const Weight& from, const Weight& to) {
  const double work = 30.0 * from.n_in * from.n_out;
  parallel_for(n_panels(from.n_out), work, [&](int panel) {
    std::vector<float> buffer;
    pack_panel(panel_floats(from, panel, buffer), to, panel);
  });
}

void repack(const Linear& from, Linear& to) {
  repack(from.w, to.w);
  to.b = from.b;
}

}  // namespace

const float* panel_floats(const Weight& weight, int panel, std::vector<float>& buffer) {
  const std::byte* const data = panel_of(weight, panel);
  if (weight.type == WeightType::kFloat32) return reinterpret_cast<const float*>(data);
  const int n_groups = n_input_groups(weight.n_in);
  buffer.resize(static_cast<size_t>(n_groups) * kGroupRows * kPanelCols);
  kernels().widen_panel(weight.type, data, n_groups, buffer.data());
  return buffer.data();
}

void pack_panel(const float* values, const Weight& weight, int panel) {
  assert(panel >= 0 && panel < n_panels(weight.n_out));
  const Weight alone = {panel_of(weight, panel), weight.n_in, kPanelCols, weight.type};
  pack(values, MatrixOrder::kInOut, alone);
}

Params repacked(const Params& from, WeightType type) {
  if (!is_float(from.type)) {
    throw std::invalid_argument(
        std::string("weights to round again: expected f32 or bf16, found ") +
        weight_type_name(from.type));
  }
  Params to = make_params(from.hparams, type);
  for (size_t layer = 0; layer < from.blocks.size(); ++layer) {
    const Block& block = from.blocks[layer];
    Block& copy = to.blocks[layer];
    copy.ln_1 = block.ln_1;
    copy.ln_2 = block.ln_2;
    repack(block.attn.c_attn, copy.attn.c_attn);
    repack(block.attn.c_proj, copy.attn.c_proj);
    repack(block.mlp.c_fc, copy.mlp.c_fc);
    repack(block.mlp.c_proj, copy.mlp.c_proj);
  }
  repack(from.lm_head, to.lm_head);  // in the place that make_params has for wte
  to.wte = from.wte;
  to.wpe = from.wpe;
  to.ln_f = from.ln_f;
  return to;
}

}  // namespace gpt2run
