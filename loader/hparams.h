#pragma once

#include <filesystem>

#include "engine/params.h"

namespace gpt2run {

// Reads and checks hparams.json: five integers in range, n_head divides n_embd, no key twice;
// unknown keys are ignored. Nothing is allocated by what it says.
// Errors: InputError kNotFound; kMismatch, naming the key, what was expected and what was
// found.
Hparams read_hparams(const std::filesystem::path& path);

}  // namespace gpt2run
