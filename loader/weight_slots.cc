#include "loader/weight_slots.h"

namespace gpt2run {
namespace {

// A size in terms of hparams.
using Size = int64_t (*)(const Hparams& hparams);
constexpr Size kNVocab = [](const Hparams& h) { return int64_t{h.n_vocab}; };
constexpr Size kNCtx = [](const Hparams& h) { return int64_t{h.n_ctx}; };
constexpr Size kNEmbd = [](const Hparams& h) { return int64_t{h.n_embd}; };
constexpr Size k3NEmbd = [](const Hparams& h) { return int64_t{h.n_embd} * 3; };
constexpr Size kDMlp = [](const Hparams& h) { return int64_t{h.d_mlp()}; };
constexpr Size kNone = nullptr;

struct Row {
  const char* name;
  Size rows, cols;
  float* (*data)(Params& params, int layer);
};

// Source: openai/gpt-2 src/model.py.
constexpr Row kModelRows[] = {
    {"wte", kNVocab, kNEmbd, [](Params& p, int) { return p.wte.data; }},
    {"wpe", kNCtx, kNEmbd, [](Params& p, int) { return p.wpe.data; }},
    {"ln_f/g", kNEmbd, kNone, [](Params& p, int) { return p.ln_f.g.data; }},
    {"ln_f/b", kNEmbd, kNone, [](Params& p, int) { return p.ln_f.b.data; }},
};

Block& block(Params& params, int layer) {
  return params.blocks[static_cast<size_t>(layer)];
}

constexpr Row kBlockRows[] = {
    {"ln_1/g", kNEmbd, kNone, [](Params& p, int i) { return block(p, i).ln_1.g.data; }},
    {"ln_1/b", kNEmbd, kNone, [](Params& p, int i) { return block(p, i).ln_1.b.data; }},
    {"attn/c_attn/w", kNEmbd, k3NEmbd,
     [](Params& p, int i) { return block(p, i).attn.c_attn.w.data; }},
    {"attn/c_attn/b", k3NEmbd, kNone,
     [](Params& p, int i) { return block(p, i).attn.c_attn.b.data; }},
    {"attn/c_proj/w", kNEmbd, kNEmbd,
     [](Params& p, int i) { return block(p, i).attn.c_proj.w.data; }},
    {"attn/c_proj/b", kNEmbd, kNone,
     [](Params& p, int i) { return block(p, i).attn.c_proj.b.data; }},
    {"ln_2/g", kNEmbd, kNone, [](Params& p, int i) { return block(p, i).ln_2.g.data; }},
    {"ln_2/b", kNEmbd, kNone, [](Params& p, int i) { return block(p, i).ln_2.b.data; }},
    {"mlp/c_fc/w", kNEmbd, kDMlp, [](Params& p, int i) { return block(p, i).mlp.c_fc.w.data; }},
    {"mlp/c_fc/b", kDMlp, kNone, [](Params& p, int i) { return block(p, i).mlp.c_fc.b.data; }},
    {"mlp/c_proj/w", kDMlp, kNEmbd, [](Params& p, int i) { return block(p, i).mlp.c_proj.w.data; }},
    {"mlp/c_proj/b", kNEmbd, kNone, [](Params& p, int i) { return block(p, i).mlp.c_proj.b.data; }},
};

WeightSlot make_slot(const Row& row, const Hparams& hparams, const std::string& scope, int layer) {
  WeightSlot slot;
  slot.name = scope + row.name;
  for (const Size size : {row.rows, row.cols}) {
    if (size != nullptr) slot.shape.push_back(size(hparams));
  }
  slot.data = row.data;
  slot.layer = layer;
  return slot;
}

}  // namespace

std::vector<WeightSlot> model_weights(const Hparams& hparams) {
  std::vector<WeightSlot> slots;
  for (const Row& row : kModelRows) slots.push_back(make_slot(row, hparams, "model/", 0));
  return slots;
}

WeightSlot head_weight(const Hparams& hparams) {
  constexpr Row kRow = {"lm_head", kNVocab, kNEmbd, [](Params& p, int) { return p.lm_head.data; }};
  return make_slot(kRow, hparams, "model/", 0);
}

std::vector<WeightSlot> block_weights(const Hparams& hparams, int layer) {
  std::vector<WeightSlot> slots;
  const std::string scope = "model/h" + std::to_string(layer) + "/";
  for (const Row& row : kBlockRows) slots.push_back(make_slot(row, hparams, scope, layer));
  return slots;
}

}  // namespace gpt2run
