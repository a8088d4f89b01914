#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "loader/load_finding.h"

namespace gpt2run {

// What an error means, by its type and by what the file that it speaks of holds.
LoadFinding explain_error(const InputError& error, const LoadRequest& request);

// The message of an error without what it says to do.
std::string without_advice(const InputError& error);

// The command that fetches the rest of one of OpenAI's models, where the folder's name or the size
// of the data file says that it is one.
//   n_bytes  that the data file must have; 0: not known
void add_download(LoadFinding& finding, const std::filesystem::path& folder, uint64_t n_bytes);

// What a file is that a failed download left: a Git LFS pointer, an HTML page, nothing. Nothing for
// other files.
std::optional<LoadFinding> explain_failed_download(const std::filesystem::path& path);

// The files of a model in a folder that were renamed; nothing if there are none.
std::optional<LoadFinding> explain_renamed_files(const std::filesystem::path& folder,
                                                 ErrorKind error);

// Why no checkpoint was found where the request says.
LoadFinding explain_not_found(const InputError& error, const LoadRequest& request);

}  // namespace gpt2run
