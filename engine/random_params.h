#pragma once

#include <cstdint>

#include "engine/params.h"

namespace gpt2run {

// A model of any shape with weights drawn from a fixed generator: small, so that activations stay
// in the range of a trained model's; gains near 1.
// The same seed gives the same numbers, rounded to the type.
Params random_params(const Hparams& hparams, uint64_t seed, WeightType type = WeightType::kFloat32);

}  // namespace gpt2run
