#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// gpt2ckpt random OUT: a random model of any shape.
extern const CkptCommand kRandomCommand;

}  // namespace gpt2run
