#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// `gpt2ckpt inspect`: what is in a checkpoint, without reading a weight.
extern const CkptCommand kInspectCommand;

}  // namespace gpt2run
