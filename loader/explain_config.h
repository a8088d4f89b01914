#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "loader/inferred_hparams.h"
#include "loader/load_finding.h"
#include "loader/model_files.h"

namespace gpt2run {

// Why a model's config cannot be read, and what would stand there to fit the weights.
//   inferred  what the weights tell; all 0 where they are not known
LoadFinding explain_config_error(const InputError& error, const ModelFiles& files,
                                 const InferredHparams& inferred, Family family,
                                 const LoadRequest& request);

// A config of another size than the weights.
//   origin  the config's path, or the checkpoint's where it stands in its header
LoadFinding explain_other_config(const Hparams& hparams, const InferredHparams& inferred,
                                 const ModelFiles& files, const std::string& origin,
                                 const LoadRequest& request);

// Folders where what a checkpoint lacks may be: those in models/ up to three levels above it, where
// gpt-2-simple and OpenAI's own code keep the base of checkpoint/run1. Sorted.
std::vector<std::filesystem::path> folders_near(const std::filesystem::path& checkpoint);

}  // namespace gpt2run
