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
  bool is_kernel = false;      // saved as [1, 768, 2304], a convolution of width 1
  float* (*data)(Params& params, int layer) = nullptr;
  int layer = 0;  // for data()

  std::vector<int64_t> saved_shape() const;

  // Whether a tensor of that shape goes here: a kernel's leading 1 may be there or not.
  bool takes(const std::vector<int64_t>& tensor_shape) const;
};

// wte, wpe and ln_f.
std::vector<WeightSlot> model_weights(const Hparams& hparams);

// The twelve of one layer.
std::vector<WeightSlot> block_weights(const Hparams& hparams, int layer);

}  // namespace gpt2run
