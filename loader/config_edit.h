#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/params.h"

namespace gpt2run {

// Sizes by hparams.json's words: {"n_embd", 768}.
using Sizes = std::vector<std::pair<std::string, int64_t>>;

// The sizes that a config file does not say as `fitted` has them; all of them where it is no JSON
// object. n_head only where it is none, or does not divide n_embd.
Sizes wrong_sizes(const std::filesystem::path& config, const Hparams& fitted);

// The shell command that writes sizes into a config, hparams.json or config.json by its keys, and
// leaves the rest as it is. A file that is no JSON object is moved away and written anew.
std::vector<std::string> config_edit_commands(const std::filesystem::path& config,
                                              const Sizes& sizes);

// The shell command that writes a new file of these sizes.
//   exact_gelu  for a model whose GELU is the exact one: a config.json's text, not hparams.json's
std::string write_config_command(const std::filesystem::path& config, const Sizes& sizes,
                                 bool exact_gelu = false);

// The five of hparams.
Sizes sizes_of(const Hparams& hparams);

}  // namespace gpt2run
