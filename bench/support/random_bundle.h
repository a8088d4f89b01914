#pragma once

#include <filesystem>

#include "support/folder_here.h"

namespace gpt2run {

// A TensorFlow bundle of random weights in the shape of the 124M release (498 MB), for benchmarks
// of what reads and writes files: what the weights are plays no part there.
// Owns: its files, in a folder in the current one, until it goes.
class RandomBundle {
 public:
  RandomBundle();

  std::filesystem::path model() const { return folder_.path() / "model"; }

 private:
  FolderHere folder_;
};

}  // namespace gpt2run
