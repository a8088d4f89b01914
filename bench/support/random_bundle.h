#pragma once

#include <filesystem>

namespace gpt2run {

// A TensorFlow bundle of random weights in the shape of the 124M release (498 MB), for benchmarks
// of what reads and writes files: what the weights are plays no part there.
// Owns: a folder in the current one (where temporary files are may be memory), until it goes.
class RandomBundle {
 public:
  RandomBundle();
  ~RandomBundle();
  RandomBundle(const RandomBundle&) = delete;
  RandomBundle& operator=(const RandomBundle&) = delete;

  std::filesystem::path model() const { return folder_ / "model"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace gpt2run
