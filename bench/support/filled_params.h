#pragma once

#include "engine/params.h"

namespace gpt2run {

// A model of any shape for measurements, made about as fast as memory can be written: the columns
// of each matrix are 64 random ones again and again, in the range of a trained model's weights.
// Activations stay finite. The same bits every time.
// Threads: n_threads(). Errors: std::bad_alloc.
Params filled_params(const Hparams& hparams, WeightType type);

}  // namespace gpt2run
