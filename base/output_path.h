#pragma once

#include <filesystem>

namespace gpt2run {

// The folder in which path stands: "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

// What a symbolic link points to in the end, be it there or not; path itself if it is none.
std::filesystem::path behind_links(std::filesystem::path path);

// A name in that folder that a file or folder may have until it takes its place:
// ".gpt2run-1a2b3c". Another at each call.
std::filesystem::path temporary_name_in(const std::filesystem::path& folder);

// Errors: InputError kRuntime: "path: what: the system's words for error".
[[noreturn]] void throw_output_error(const std::filesystem::path& path, const char* what,
                                     int error);

}  // namespace gpt2run
