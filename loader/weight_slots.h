#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/params.h"

namespace gpt2run {

// Where a weight's numbers go: to plain floats, or packed into a Weight.
struct WeightTarget {
  float* floats = nullptr;                  // null for a Weight
  const Weight* weight = nullptr;           // null for floats
  MatrixOrder order = MatrixOrder::kInOut;  // of the numbers that a Weight is packed from
};

// A weight of the model: what OpenAI's checkpoints call it, its shape, and where it goes.
struct WeightSlot {
  std::string name;            // "model/h3/attn/c_attn/w"
  std::vector<int64_t> shape;  // [768, 2304]
  WeightTarget (*target)(Params& params, int layer) = nullptr;
  int layer = 0;  // for target()
};

// wte, wpe and ln_f.
std::vector<WeightSlot> model_weights(const Hparams& hparams);

// The head, where it is not wte.
WeightSlot head_weight(const Hparams& hparams);

// The twelve of one layer.
std::vector<WeightSlot> block_weights(const Hparams& hparams, int layer);

}  // namespace gpt2run
