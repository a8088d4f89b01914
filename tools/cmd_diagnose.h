#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// `gpt2ckpt diagnose X`: why a model does not load, as numbered findings with what mends them.
// Returns the exit code that gpt2run would end with.
extern const CkptCommand kDiagnoseCommand;

}  // namespace gpt2run
