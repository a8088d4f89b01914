#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/file.h"
#include "loader/checkpoint_error.h"
#include "loader/formats.h"

namespace gpt2run {

struct FoundCheckpoint {
  Format format = Format::kBundle;
  std::filesystem::path path;  // the file; of a kBundle, its prefix
};

// The checkpoints in a folder that are no bundles: by what the files hold; where none holds one, by
// what their names promise. Shards stand for their index, and what trainers save beside a model
// (optimizer.pt, training_args.bin, ...) is none.
// Errors: CheckpointError kRuntime if the folder cannot be read; kNotFound for shards without their
// index.
std::vector<FoundCheckpoint> checkpoints_in(const std::filesystem::path& folder);

// The index beside a file that is named as a shard, model-00001-of-00004.safetensors.
std::optional<std::filesystem::path> index_of_shard(const std::filesystem::path& path);

// kCorrupt, with the file's first bytes.
CheckpointError unknown_file_error(const InputFile& file);

}  // namespace gpt2run
