#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// `gpt2ckpt diff`: compares the weights of two checkpoints.
extern const CkptCommand kDiffCommand;

}  // namespace gpt2run
