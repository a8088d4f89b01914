#pragma once

#include "engine/params.h"

namespace gpt2run {

// A random model of the 124M release's shape, made once a process from a fixed seed.
const Params& model_124m();

}  // namespace gpt2run
