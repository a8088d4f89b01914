#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "loader/dtype.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A checkpoint that is a list of names and shapes. Tensor i's values are 100*i, 100*i + 1, ...
class ListedSource : public TensorSource {
 public:
  ListedSource& add(const std::string& name, const std::vector<int64_t>& shape,
                    DType dtype = DType::kFloat32) {
    tensors_.push_back({name, dtype, dtype_name(dtype), shape, 0});
    tensors_.back().n_bytes = tensors_.back().n_items() * 4;
    return *this;
  }
  nlohmann::json header = nlohmann::json::object();

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return header; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override {
    const size_t n = tensors_[index].n_items();
    for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(100 * index + i);
    if (on_read) on_read(out, n);
  }

 private:
  std::string path_ = "listed";
  std::vector<TensorInfo> tensors_;
};

}  // namespace gpt2run
