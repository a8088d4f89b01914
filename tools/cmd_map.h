#pragma once

#include "tools/gpt2ckpt_commands.h"

namespace gpt2run {

// `gpt2ckpt map X > map.json`: proposes which tensor is which weight, and how it must be laid out,
// as a name map that a person can edit and --name-map reads.
extern const CkptCommand kMapCommand;

}  // namespace gpt2run
