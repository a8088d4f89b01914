#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/params.h"

namespace gpt2run {

// A weight of the model: what OpenAI's checkpoints call it, its shape, and where it goes.
struct WeightSlot {
  std::string name;            // "model/h3/attn/c_attn/w"
  std::vector<int64_t> shape;  // [768, 2304]
  float* (*data)(Params& params, int layer) = nullptr;
  int layer = 0;  // for data()
};

// wte, wpe and ln_f.
std::vector<WeightSlot> model_weights(const Hparams& hparams);

// The head, where it is not wte.
WeightSlot head_weight(const Hparams& hparams);

// The twelve of one layer.
std::vector<WeightSlot> block_weights(const Hparams& hparams, int layer);

}  // namespace gpt2run
