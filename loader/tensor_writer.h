#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "loader/tensor_source.h"

namespace gpt2run {

// One tensor of a file that is written.
struct TensorToWrite {
  std::string name;
  DType dtype = DType::kFloat32;  // kFloat32, kFloat16 or kBFloat16
  std::vector<int64_t> shape;

  uint64_t n_items() const {
    uint64_t n = 1;
    for (const int64_t size : shape) n *= static_cast<uint64_t>(size);
    return n;
  }
};

// Gives the values of tensors[index], in the layout that is written.
//   out  [n_items()]
using ReadTensor = std::function<void(size_t index, float* out)>;

}  // namespace gpt2run
