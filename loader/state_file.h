#pragma once

#include <filesystem>
#include <string>

namespace gpt2run {

// Reads the `checkpoint` file, which names the newest bundle of its folder: the
// model_checkpoint_path of a CheckpointState in protobuf's text form.
//   returns  the path as it stands there; UTF-8 or not, but without control characters
// Errors: InputError kNotFound; kCorrupt, with the line; kUnsupported for another format's file,
// named; kRuntime if the system refuses to open or read it.
// Source: tensorflow python/training/checkpoint_state.proto.
std::string read_state_file(const std::filesystem::path& path);

}  // namespace gpt2run
