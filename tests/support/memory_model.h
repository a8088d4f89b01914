#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/vocabulary.h"
#include "engine/params.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A model's weights in memory, by OpenAI's names and in the model's own shapes: what is written as
// a checkpoint. Each of its tensors can be changed.
class MemoryModel : public TensorSource {
 public:
  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return infos_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;

  void add(const std::string& name, const std::vector<int64_t>& shape, std::vector<float> values);
  void erase(const std::string& name);
  std::vector<float>& values(const std::string& name);

 private:
  std::string path_ = "memory-model";
  std::vector<TensorInfo> infos_;
  std::vector<std::vector<float>> values_;  // of each
};

// tests/data/fixtures/tf1: its weights, sizes and vocabulary.
MemoryModel fixture_model();
Hparams fixture_hparams();
Vocabulary fixture_vocabulary();

}  // namespace gpt2run
