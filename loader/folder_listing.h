#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "loader/checkpoint_error.h"

namespace gpt2run {

// The prefixes of the bundles in a folder, without the folder: "model.ckpt" where model.ckpt.index
// is. Sorted.
std::vector<std::string> bundles_in(const std::filesystem::path& folder);

// Which of a model's seven files are in a folder, and which are missing: "here: ...; missing: ...".
//   bundle  the prefix's name
std::string seven_files_text(const std::filesystem::path& folder,
                             const std::string& bundle = "model.ckpt");

// "a, b, c and 12 more"
std::string list_text(const std::vector<std::string>& names);

// What a folder without a bundle holds instead: a V1 checkpoint, safetensors, Git LFS pointers, ...
std::optional<CheckpointError> foreign_checkpoint_in(const std::filesystem::path& folder);

// "; scripts/download_model.sh 124M fetches it" if the path's last part is one of OpenAI's sizes,
// else "".
std::string download_hint(const std::filesystem::path& model);

}  // namespace gpt2run
