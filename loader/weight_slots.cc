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
  WeightTarget (*target)(Params& params, int layer);
};

WeightTarget to(const WeightVector& vector) {
  return {.floats = vector.data};
}
WeightTarget to(const Linear& linear) {
  return {.weight = &linear.w};
}
WeightTarget to_rows(const Weight& weight) {  // a token a row
  return {.weight = &weight, .order = MatrixOrder::kOutIn};
}

// Source: openai/gpt-2 src/model.py.
constexpr Row kModelRows[] = {
    {"wte", kNVocab, kNEmbd, [](Params& p, int) { return to_rows(p.wte); }},
    {"wpe", kNCtx, kNEmbd, [](Params& p, int) { return WeightTarget{.floats = p.wpe.data}; }},
    {"ln_f/g", kNEmbd, kNone, [](Params& p, int) { return to(p.ln_f.g); }},
    {"ln_f/b", kNEmbd, kNone, [](Params& p, int) { return to(p.ln_f.b); }},
};

Block& block(Params& params, int layer) {
  return params.blocks[static_cast<size_t>(layer)];
}

constexpr Row kBlockRows[] = {
    {"ln_1/g", kNEmbd, kNone, [](Params& p, int i) { return to(block(p, i).ln_1.g); }},
    {"ln_1/b", kNEmbd, kNone, [](Params& p, int i) { return to(block(p, i).ln_1.b); }},
    {"attn/c_attn/w", kNEmbd, k3NEmbd,
     [](Params& p, int i) { return to(block(p, i).attn.c_attn); }},
    {"attn/c_attn/b", k3NEmbd, kNone,
     [](Params& p, int i) { return to(block(p, i).attn.c_attn.b); }},
    {"attn/c_proj/w", kNEmbd, kNEmbd, [](Params& p, int i) { return to(block(p, i).attn.c_proj); }},
    {"attn/c_proj/b", kNEmbd, kNone,
     [](Params& p, int i) { return to(block(p, i).attn.c_proj.b); }},
    {"ln_2/g", kNEmbd, kNone, [](Params& p, int i) { return to(block(p, i).ln_2.g); }},
    {"ln_2/b", kNEmbd, kNone, [](Params& p, int i) { return to(block(p, i).ln_2.b); }},
    {"mlp/c_fc/w", kNEmbd, kDMlp, [](Params& p, int i) { return to(block(p, i).mlp.c_fc); }},
    {"mlp/c_fc/b", kDMlp, kNone, [](Params& p, int i) { return to(block(p, i).mlp.c_fc.b); }},
    {"mlp/c_proj/w", kDMlp, kNEmbd, [](Params& p, int i) { return to(block(p, i).mlp.c_proj); }},
    {"mlp/c_proj/b", kNEmbd, kNone, [](Params& p, int i) { return to(block(p, i).mlp.c_proj.b); }},
};

WeightSlot make_slot(const Row& row, const Hparams& hparams, const std::string& scope, int layer) {
  WeightSlot slot;
  slot.name = scope + row.name;
  for (const Size size : {row.rows, row.cols}) {
    if (size != nullptr) slot.shape.push_back(size(hparams));
  }
  slot.target = row.target;
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
  constexpr Row kRow = {"lm_head", kNVocab, kNEmbd,
                        [](Params& p, int) { return to_rows(p.lm_head); }};
  return make_slot(kRow, hparams, "model/", 0);
}

std::vector<WeightSlot> block_weights(const Hparams& hparams, int layer) {
  std::vector<WeightSlot> slots;
  const std::string scope = "model/h" + std::to_string(layer) + "/";
  for (const Row& row : kBlockRows) slots.push_back(make_slot(row, hparams, scope, layer));
  return slots;
}

}  // namespace gpt2run
