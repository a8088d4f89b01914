#include "engine/random_params.h"

#include <random>

namespace gpt2run {

Params random_params(const Hparams& hparams, uint64_t seed) {
  Params params = make_params(hparams);
  std::mt19937_64 random(seed);
  float* const weights = params.storage.data();
  for (size_t i = 0; i < params.storage.size(); ++i) {
    // uniform in [-0.1, 0.1), by integers: the same on every machine
    weights[i] =
        static_cast<float>(static_cast<int64_t>(random() >> 40) - (1 << 23)) * 0x1p-23f * 0.1f;
  }
  const auto raise_gain = [](const LayerNorm& ln) {
    for (int i = 0; i < ln.g.size; ++i) ln.g.data[i] += 1;
  };
  for (const Block& block : params.blocks) {
    raise_gain(block.ln_1);
    raise_gain(block.ln_2);
  }
  raise_gain(params.ln_f);
  return params;
}

}  // namespace gpt2run
