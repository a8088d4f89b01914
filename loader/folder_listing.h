#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "loader/checkpoint_error.h"

namespace gpt2run {

// Whether something has that name: a link that leads nowhere too.
bool is_there(const std::filesystem::path& path);

// Whether there is something to open: false for a link that leads nowhere or into a loop.
bool leads_to_file(const std::filesystem::path& path);

// The names in a folder of all but folders, sorted. None if there is no such folder.
// Errors (of the functions below too): CheckpointError kRuntime if it cannot be read.
std::vector<std::string> files_in(const std::filesystem::path& folder);

// The names of the folders in a folder that hold a bundle, sorted.
std::vector<std::string> folders_with_bundles_in(const std::filesystem::path& folder);

// "model.ckpt" for "model.ckpt.data-00000-of-00001"; "" for other names.
std::string prefix_of_data_file(const std::string& name);

// The prefixes of the bundles in a folder, without the folder: "model.ckpt" where model.ckpt.index
// is. Sorted.
std::vector<std::string> bundles_in(const std::filesystem::path& folder);

// Which of a model's seven files are in a folder, and which are missing: "here: ...; missing: ...".
//   bundle  the prefix's name
std::string seven_files_text(const std::filesystem::path& folder,
                             const std::string& bundle = "model.ckpt");

// "a, b, c and 12 more"
std::string list_text(const std::vector<std::string>& names);

// What a folder without a checkpoint and without any part of a bundle holds instead: Git LFS
// pointers, gzip files, unknown bytes under a checkpoint's name, ... What holds all sorts (zip,
// tar, .npy, ...) is taken for a checkpoint only under a checkpoint's name (pytorch_model.bin,
// model.npz, ...).
std::optional<CheckpointError> foreign_checkpoint_in(const std::filesystem::path& folder);

// "; scripts/download_model.sh 124M fetches it" if the path's last part is one of OpenAI's sizes,
// else "".
std::string download_hint(const std::filesystem::path& model);

}  // namespace gpt2run
