#pragma once

#include <string>
#include <vector>

#include "loader/tensor_source.h"
#include "loader/weight_map.h"

namespace gpt2run {

// The weights of a checkpoint by OpenAI's names, in the shapes that the model computes with
// (families.h): another source with its names changed and its values transformed as they are read.
// Owns: nothing; source and map outlive it.
class MappedSource : public TensorSource {
 public:
  MappedSource(const TensorSource& source, const WeightMap& map);

  const std::string& path() const override { return source_.path(); }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return source_.metadata(); }

  // Memory: where a transform moves values, twice the tensor beyond `out`.
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  std::optional<TensorPlace> place(size_t index) const override;
  void check(size_t index) const override { source_.check(origins_[index]); }

  // The index of tensors()[index] in the source.
  size_t origin(size_t index) const { return origins_[index]; }
  // In which order the source has the values of tensors()[index], a matrix; see transforms.h.
  std::optional<StoredOrder> stored_order(size_t index) const;
  const TensorSource& source() const { return source_; }
  const WeightMap& map() const { return map_; }

 private:
  const TensorSource& source_;
  const WeightMap& map_;
  std::vector<TensorInfo> tensors_;
  std::vector<size_t> origins_;
};

}  // namespace gpt2run
