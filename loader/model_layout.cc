#include "loader/model_layout.h"

#include <algorithm>
#include <cassert>
#include <unordered_set>
#include <utility>

#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/tensor_checks.h"
#include "loader/weight_slots.h"
#include "loader/write_config.h"

namespace gpt2run {
namespace {

// [n_rows, n_columns] -> [n_columns, n_rows], in squares that fit in the first-level cache.
void transpose(const float* in, int64_t n_rows, int64_t n_columns, float* out) {
  constexpr int64_t kSide = 32;
  for (int64_t row = 0; row < n_rows; row += kSide) {
    const int64_t row_end = std::min(row + kSide, n_rows);
    for (int64_t column = 0; column < n_columns; column += kSide) {
      const int64_t column_end = std::min(column + kSide, n_columns);
      for (int64_t j = column; j < column_end; ++j) {
        for (int64_t i = row; i < row_end; ++i) out[j * n_rows + i] = in[i * n_columns + j];
      }
    }
  }
}

}  // namespace

ModelLayout::ModelLayout(const ModelToWrite& model, Family family, const WriteProgress& progress)
    : source_(model.weights), progress_(progress) {
  for (size_t i = 0; i < source_.tensors().size(); ++i) {
    const std::string& name = source_.tensors()[i].name;
    source_index_.emplace(name, i);
    has_biases_ |= name.ends_with("/b");
  }
  const Hparams& hparams = model.hparams;
  const std::vector<WeightSlot> outside = model_weights(hparams);
  const auto add_all = [&](bool is_ln_f) {
    for (const WeightSlot& slot : outside) {
      if (slot.name.starts_with("model/ln_f") == is_ln_f) add(slot.name, slot.shape, family);
    }
  };
  add_all(false);
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    for (const WeightSlot& slot : block_weights(hparams, layer)) {
      add(slot.name, slot.shape, family);
    }
  }
  add_all(true);
  if (!has_tied_head(model)) {
    const WeightSlot head = head_weight(hparams);
    add(head.name, head.shape, family);
  }
  refuse_others();
}

void ModelLayout::add(const std::string& name, const std::vector<int64_t>& shape, Family family) {
  Weight weight{name, std::nullopt};
  const auto at = source_index_.find(name);
  if (at != source_index_.end()) {
    weight.source = at->second;
  } else if (has_biases_ || !name.ends_with("/b")) {
    throw CheckpointError(ErrorKind::kMismatch, source_.path(), tensor_text(name),
                          "expected shape " + shape_text(shape) + ", found no such tensor");
  }
  if (weight.source && source_.tensors()[*weight.source].shape != shape) {
    throw CheckpointError(ErrorKind::kMismatch, source_.path(), tensor_text(name),
                          "expected shape " + shape_text(shape) + ", found " +
                              shape_text(source_.tensors()[*weight.source].shape));
  }
  if (family_traits(family).is_transposed && is_layer_matrix(name)) {
    weight.n_rows = shape.front();
    weight.n_columns = shape.back();
  }
  weights_.push_back(std::move(weight));
  tensors_.push_back(
      {family_name(family, name), DType::kFloat32, family_shape(family, name, shape)});
  n_total_ += tensors_.back().n_items();
}

void ModelLayout::refuse_others() const {
  std::unordered_set<std::string_view> names;
  for (const Weight& weight : weights_) names.insert(weight.name);
  for (const TensorInfo& info : source_.tensors()) {
    if (names.count(info.name) != 0) continue;
    throw CheckpointError(ErrorKind::kMismatch, source_.path(), tensor_text(info.name),
                          "expected only the weights that hparams ask for, found another tensor; "
                          "leave it out by --skip");
  }
}

size_t ModelLayout::find(std::string_view weight) const {
  size_t index = 0;
  while (weights_[index].name != weight) {
    ++index;
    assert(index < weights_.size());
  }
  return index;
}

void ModelLayout::count(uint64_t n) {
  n_done_ += n;
  if (progress_) progress_(n_done_, n_total_);
}

void ModelLayout::read(size_t index, float* out) {
  const Weight& weight = weights_[index];
  const uint64_t n = tensors_[index].n_items();
  const auto on_read = [this](const float*, size_t n_piece) { count(n_piece); };
  if (!weight.source) {
    std::fill_n(out, n, 0.0f);
    count(n);
  } else if (weight.n_rows == 0) {
    source_.read_float32(*weight.source, out, on_read);
  } else {
    std::vector<float> values(n);
    source_.read_float32(*weight.source, values.data(), on_read);
    transpose(values.data(), weight.n_rows, weight.n_columns, out);
  }
}

}  // namespace gpt2run
