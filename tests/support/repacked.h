#pragma once

#include "engine/params.h"

namespace gpt2run {

// The same model with weights of another type: as float32, exactly the numbers that rounded weights
// stand for.
Params repacked_by_columns(const Params& params, WeightType type);

}  // namespace gpt2run
