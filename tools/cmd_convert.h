#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// gpt2ckpt convert A B: the model of one checkpoint in another format.
extern const CkptCommand kConvertCommand;

}  // namespace gpt2run
