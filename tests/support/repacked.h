#pragma once

#include "engine/params.h"

namespace gpt2run {

// The same model with weights of another type: as float32, exactly the numbers that rounded weights
// stand for.
Params repacked(const Params& params, WeightType type);

}  // namespace gpt2run
