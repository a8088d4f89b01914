#include "loader/mapped_source.h"

#include <algorithm>

namespace gpt2run {

MappedSource::MappedSource(const TensorSource& source, const WeightMap& map)
    : source_(source), map_(map) {
  for (size_t i = 0; i < map.tensors.size(); ++i) {
    const MappedTensor& mapped = map.tensors[i];
    if (mapped.role != TensorRole::kWeight) continue;
    TensorInfo tensor = source.tensors()[i];
    tensor.name = mapped.weight;
    tensor.shape = transformed_shape(mapped.transforms, tensor.shape);
    tensors_.push_back(std::move(tensor));
    origins_.push_back(i);
  }
}

void MappedSource::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const size_t origin = origins_[index];
  const std::vector<Transform>& transforms = map_.tensors[origin].transforms;
  if (keeps_order(transforms)) {
    source_.read_float32(origin, out, on_read);
    return;
  }
  const TensorInfo& stored = source_.tensors()[origin];
  std::vector<float> values(stored.n_items());
  source_.read_float32(origin, values.data(), {});
  values = transformed(transforms, stored.shape, std::move(values));
  std::copy(values.begin(), values.end(), out);
  if (on_read) on_read(out, values.size());
}

std::optional<StoredOrder> MappedSource::stored_order(size_t index) const {
  const size_t origin = origins_[index];
  return gpt2run::stored_order(map_.tensors[origin].transforms, source_.tensors()[origin].shape);
}

std::optional<TensorPlace> MappedSource::place(size_t index) const {
  return source_.place(origins_[index]);
}

}  // namespace gpt2run
