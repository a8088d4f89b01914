#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "loader/finding.h"

namespace gpt2run {

// What an error means, by its type and by what the file that it speaks of holds.
Finding explain_error(const InputError& error, const LoadRequest& request);

// What a file is that a failed download left: a Git LFS pointer, an HTML page, nothing. Nothing for
// other files.
std::optional<Finding> explain_failed_download(const std::filesystem::path& path);

// The files of a model in a folder whose names a browser or another program changed, with the names
// that they should have, which are not taken: model.ckpt(1).index, hparams (1).json,
// checkpoint.txt.
std::vector<std::pair<std::string, std::string>> renamed_files_in(
    const std::filesystem::path& folder);

// The finding about them; nothing if there are none.
std::optional<Finding> explain_renamed_files(const std::filesystem::path& folder, ErrorKind error);

// Why no checkpoint was found where the request says.
Finding explain_not_found(const InputError& error, const LoadRequest& request);

}  // namespace gpt2run
