#pragma once

#include <optional>
#include <vector>

#include "loader/checkpoint.h"

namespace gpt2run {

// Every weight of a checkpoint's model, by OpenAI's names and in the model's own shapes: what the
// engine would compute with. Weights that may be missing are zeros; a head that is wte once more,
// or that the config ties, is left out.
// Owns: nothing; the checkpoint outlives it.
class WholeModel : public TensorSource {
 public:
  // Reads nothing but wte and a head of its own, to compare them.
  // Errors: require_fit's; those of reading.
  WholeModel(const Checkpoint& checkpoint, const ModelConfig& config);

  const std::string& path() const override { return checkpoint_.source->path(); }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;

  // As the checkpoint spells them.
  const std::vector<std::string>& left_at_zero() const { return left_at_zero_; }

  // The type that all weights are stored in, if it is one of float32, float16 and bfloat16.
  std::optional<DType> stored_dtype() const;

 private:
  bool has_own_head(const ModelConfig& config) const;

  const Checkpoint& checkpoint_;
  std::vector<TensorInfo> tensors_;
  std::vector<std::optional<size_t>> origins_;  // in checkpoint_.weights; nothing: zeros
  std::vector<std::string> left_at_zero_;
};

}  // namespace gpt2run
