#include "support/memory_model.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "loader/bundle.h"
#include "support/source_values.h"
#include "support/test_data.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {

void MemoryModel::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  std::copy(values_[index].begin(), values_[index].end(), out);
  if (on_read) on_read(out, values_[index].size());
}

void MemoryModel::add(const std::string& name, const std::vector<int64_t>& shape,
                      std::vector<float> values) {
  TensorInfo info;
  info.name = name;
  info.dtype = DType::kFloat32;
  info.dtype_text = "float32";
  info.shape = shape;
  info.n_bytes = values.size() * sizeof(float);
  if (info.n_items() != values.size()) throw std::logic_error("another shape than values");
  infos_.push_back(std::move(info));
  values_.push_back(std::move(values));
}

void MemoryModel::erase(const std::string& name) {
  const auto at = static_cast<std::ptrdiff_t>(find_tensor(*this, name));
  infos_.erase(infos_.begin() + at);
  values_.erase(values_.begin() + at);
}

std::vector<float>& MemoryModel::values(const std::string& name) {
  return values_[find_tensor(*this, name)];
}

MemoryModel fixture_model() {
  MemoryModel model;
  const Bundle bundle(test_data("fixtures/tf1/model.ckpt"));
  for (size_t i = 0; i < bundle.tensors().size(); ++i) {
    const TensorInfo& info = bundle.tensors()[i];
    std::vector<int64_t> shape = info.shape;
    if (shape.size() == 3) shape.erase(shape.begin());
    model.add(info.name, shape, read_tensor(bundle, i));
  }
  return model;
}

Hparams fixture_hparams() {
  Hparams hparams;
  hparams.n_vocab = 400;
  hparams.n_ctx = 64;
  hparams.n_embd = 48;
  hparams.n_head = 4;
  hparams.n_layer = 2;
  return hparams;
}

Vocabulary fixture_vocabulary() {
  return read_vocabulary(test_data("fixtures/tf1"));
}

}  // namespace gpt2run
