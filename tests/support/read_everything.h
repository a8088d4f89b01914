#pragma once

#include <filesystem>

#include "loader/tensor_source.h"

namespace gpt2run {

// Reads and checks all tensors of a checkpoint that may be damaged, as far as they claim no more
// than a few million items, and shows its metadata. What is to be found out: that nothing but an
// InputError comes out.
void read_everything(const TensorSource& source);

template <class Reader>
void open_and_read_everything(const std::filesystem::path& path) {
  read_everything(Reader(path));
}

}  // namespace gpt2run
