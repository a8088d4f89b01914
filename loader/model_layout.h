#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loader/families.h"
#include "loader/tensor_writer.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

// A model's weights as a family of names stores them: wte, wpe, each layer's, ln_f, and the head if
// it has one of its own. The biases of a model that has none at all are zero.
// Requires: the model outlives it.
class ModelLayout {
 public:
  //   progress  may be empty; called with the numbers read so far and in all
  // Errors: CheckpointError kMismatch for a weight that the model lacks, has in another shape, or
  // has too much, all with its name.
  ModelLayout(const ModelToWrite& model, Family family, const WriteProgress& progress = {});

  // float32, named and shaped as the family does.
  const std::vector<TensorToWrite>& tensors() const { return tensors_; }

  // What OpenAI calls tensors()[index].
  const std::string& weight(size_t index) const { return weights_[index].name; }

  // The index of the weight that OpenAI calls so. Requires: there is one.
  size_t find(std::string_view weight) const;

  // The values of tensors()[index], in the family's layout.
  //   out  [tensors()[index].n_items()]
  // Memory: where the family transposes, one tensor. Errors: those of reading the model.
  void read(size_t index, float* out);

 private:
  struct Weight {
    std::string name;
    std::optional<size_t> source;  // model.weights.tensors()[*source]; nothing: zeros
    int64_t n_rows = 0;            // of a matrix that is transposed; else 0
    int64_t n_columns = 0;
  };
  void add(const std::string& name, const std::vector<int64_t>& shape, Family family);
  void refuse_others() const;
  void count(uint64_t n);

  const TensorSource& source_;
  std::unordered_map<std::string_view, size_t> source_index_;  // by name
  bool has_biases_ = false;
  WriteProgress progress_;
  std::vector<Weight> weights_;
  std::vector<TensorToWrite> tensors_;
  uint64_t n_done_ = 0, n_total_ = 0;  // numbers
};

}  // namespace gpt2run
