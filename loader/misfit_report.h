#pragma once

#include <string>

#include "loader/misfits.h"

namespace gpt2run {

// Says all misfits at once: what hparams.json would have to say where the weights tell it, then a
// line for each.
// Errors: always CheckpointError: kMismatch, or kUnsupported for a kind of checkpoint that is not
// read, named.
[[noreturn]] void throw_misfits(const TensorSource& source, const Hparams& hparams,
                                const std::string& hparams_path, const NameMatch& match);

}  // namespace gpt2run
