#pragma once

#include <filesystem>
#include <vector>

#include "engine/tensor.h"

namespace gpt2run {

// A float32 .npy array of two axes.
Matrix read_matrix(const std::filesystem::path& path);

// An int64 .npy array of one axis.
std::vector<int> read_ids(const std::filesystem::path& path);

}  // namespace gpt2run
