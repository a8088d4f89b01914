#pragma once

#include <vector>

#include "loader/verify.h"

namespace gpt2run {

// Holds a checkpoint's vocabulary against the rows of wte: it can be read, and has no more tokens
// than rows. Fewer are padding, of which the engine draws none; no vocabulary at all is said.
std::vector<VerifyFinding> verify_vocabulary(const Checkpoint& checkpoint);

}  // namespace gpt2run
