#include "loader/tensor_source.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/dtype.h"
#include "loader/tensor_checks.h"

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

std::optional<TensorPlace> TensorSource::place(size_t) const {
  return std::nullopt;
}

void TensorSource::check(size_t index) const {
  const TensorInfo& tensor = tensors()[index];
  if (const auto where = place(index)) {
    const InputFile file(where->file);
    naming_tensor(file, tensor.name, where->offset,
                  [&] { read_pieces(file, where->offset, tensor.n_bytes, {}); });
    return;
  }
  if (!is_readable_float(tensor.dtype)) return;
  std::vector<float> values(tensor.n_items());
  read_float32(index, values.data(), {});
}

}  // namespace gpt2run
