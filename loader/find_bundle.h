#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpt2run {

// Whether a path is a bundle's prefix: PATH.index is there.
bool is_prefix(const std::filesystem::path& path);

// The bundle that a folder's `checkpoint` file names, or the only one there.
//   notices  gets a line for what was chosen on the user's behalf
//   returns  its prefix, or what a state file names that is a file of its own (a V1 checkpoint)
// Errors: InputError kNotFound, saying which files are there and which are missing; kAmbiguous if
// several bundles could be meant; kCorrupt, kUnsupported for a file that is something else, named.
std::filesystem::path find_bundle_in(const std::filesystem::path& folder,
                                     std::vector<std::string>& notices);

// The same from a state file's path.
std::filesystem::path find_bundle_by_state(const std::filesystem::path& state,
                                           std::vector<std::string>& notices);

// The bundle that a .data-* or .meta file belongs to.
//   prefix_name  what stands before .data-*
std::filesystem::path find_bundle_by_data(const std::filesystem::path& data,
                                          const std::string& prefix_name,
                                          std::vector<std::string>& notices);

// Errors: always CheckpointError kNotFound, or what the folder holds instead of a bundle.
[[noreturn]] void throw_no_bundle(const std::filesystem::path& folder, const std::string& why);

}  // namespace gpt2run
