#pragma once

#include <vector>

#include "loader/tensor_writer.h"

namespace gpt2run {

// All tensors of a source, as they are to be written again.
inline std::vector<TensorToWrite> tensors_to_write(const TensorSource& source) {
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& info : source.tensors()) {
    tensors.push_back({info.name, info.dtype, info.shape});
  }
  return tensors;
}

// Reads them from it.
inline ReadTensor read_from(const TensorSource& source) {
  return [&source](size_t index, float* out) {
    source.read_float32(index, out, [](const float*, size_t) {});
  };
}

}  // namespace gpt2run
