#include "loader/tensor_source.h"

#include <nlohmann/json.hpp>

namespace gpt2run {

uint64_t TensorInfo::n_items() const {
  uint64_t n = 1;
  for (const int64_t size : shape) n *= static_cast<uint64_t>(size);
  return n;
}

const nlohmann::json& TensorSource::metadata() const {
  static const nlohmann::json empty = nlohmann::json::object();
  return empty;
}

}  // namespace gpt2run
