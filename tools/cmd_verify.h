#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// `gpt2ckpt verify`: reads all of a checkpoint and says all that is wrong with it.
extern const CkptCommand kVerifyCommand;

}  // namespace gpt2run
