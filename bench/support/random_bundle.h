#pragma once

#include <filesystem>

#include "support/temporary_folder.h"

namespace gpt2run {

// A TensorFlow bundle of random weights in the shape of the 124M release (498 MB), for benchmarks
// of what reads and writes files: what the weights are plays no part there.
// Owns: its files, in a folder in the current one (where temporary files are may be memory), until
// it goes.
class RandomBundle {
 public:
  RandomBundle();

  std::filesystem::path model() const { return folder_.path() / "model"; }

 private:
  TemporaryFolder folder_{std::filesystem::current_path()};
};

}  // namespace gpt2run
