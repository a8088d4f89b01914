#pragma once

#include <string>

#include "loader/misfits.h"

namespace gpt2run {

// What the config would have to say to fit the weights, where they tell it: "\"n_embd\": 4 (it says
// 8)", joined by commas; "" if it says so already.
std::string config_advice(const MappedSource& source, const Hparams& hparams);

// Says all misfits at once: what the config would have to say where the weights tell it, then a
// line for each.
// Errors: always CheckpointError kMismatch.
[[noreturn]] void throw_misfits(const MappedSource& source, const ModelConfig& config,
                                const NameMatch& match);

}  // namespace gpt2run
