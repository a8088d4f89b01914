#pragma once

#include <string>
#include <string_view>

namespace gpt2run {

// Checks that a name from a file is one that a person can read: 1 to 4096 bytes of UTF-8 without
// control characters.
//   path  the file, for messages
// Errors: CheckpointError kCorrupt.
void check_tensor_name(const std::string& path, std::string_view name);

}  // namespace gpt2run
