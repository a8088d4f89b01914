#include "loader/verify_written.h"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/model_layout.h"
#include "loader/tensor_checks.h"
#include "loader/transforms.h"

namespace gpt2run {
namespace {

class Verifier {
 public:
  Verifier(const TensorSource& written, const RecordingSource& recorded, Family family, DType dtype)
      : written_(written, DType::kFloat32), recorded_(recorded), family_(family), dtype_(dtype) {
    size_t n_largest = 0;
    for (size_t i = 0; i < written.tensors().size(); ++i) {
      const TensorInfo& tensor = written.tensors()[i];
      if (!is_readable_float(tensor.dtype)) continue;
      index_of_.emplace(tensor.name, i);
      n_largest = std::max<size_t>(n_largest, tensor.n_items());
    }
    values_ = std::make_unique_for_overwrite<float[]>(n_largest);
  }

  void check_number(size_t n_expected) const {
    if (index_of_.size() == n_expected) return;
    throw CheckpointError(ErrorKind::kRuntime, written_.path(), "",
                          "expected " + std::to_string(n_expected) + " tensors, found " +
                              std::to_string(index_of_.size()));
  }

  void check(const std::string& weight, const TensorToWrite& expected,
             const ReadProgress& on_read) const {
    const auto at = index_of_.find(expected.name);
    if (at == index_of_.end()) fail(expected, "a tensor", "none");
    const TensorInfo& found = written_.tensors()[at->second];
    check_shape(expected, found);
    if (found.dtype != dtype_ && found.dtype != DType::kFloat32) {
      fail(expected, dtype_name(dtype_), dtype_name(found.dtype));
    }
    written_.read_float32(at->second, values_.get(), on_read);
    if (fingerprint_of(weight, expected, found) != fingerprint_as_read(weight, expected, found)) {
      fail(expected, "the values that were read", "others");
    }
    const float *const values = values_.get(), *const end = values + found.n_items();
    if (std::any_of(values + expected.n_items(), end, [](float x) { return x != 0; })) {
      fail(expected, "padding of zeros", "other values");
    }
  }

 private:
  [[noreturn]] void fail(const TensorToWrite& tensor, const std::string& expected,
                         const std::string& found) const {
    throw CheckpointError(ErrorKind::kRuntime, written_.path(), tensor_text(tensor.name),
                          "expected " + expected + ", found " + found);
  }

  // llm.c's wte has more rows: padding.
  void check_shape(const TensorToWrite& expected, const TensorInfo& found) const {
    std::vector<int64_t> shape = found.shape;
    if (family_ == Family::kLlmc && !shape.empty() && shape[0] > expected.shape[0]) {
      shape[0] = expected.shape[0];
    }
    if (shape != expected.shape) {
      fail(expected, shape_text(expected.shape), shape_text(found.shape));
    }
  }

  // Of the tensor that was read into values_, in the model's own layout.
  Fingerprint fingerprint_of(const std::string& weight, const TensorToWrite& expected,
                             const TensorInfo& found) const {
    const uint64_t n = expected.n_items();
    const bool is_transposed = family_traits(family_).is_transposed && is_layer_matrix(weight);
    if (!is_transposed && found.n_items() == n) return written_.find(found.name)->exact;
    std::vector<float> values(values_.get(), values_.get() + n);
    if (is_transposed) {
      values = transformed({{Transform::kTranspose}}, expected.shape, std::move(values));
    }
    Fingerprint fingerprint;
    fingerprint.extend(values.data(), n);
    return fingerprint;
  }

  Fingerprint fingerprint_as_read(const std::string& weight, const TensorToWrite& expected,
                                  const TensorInfo& found) const {
    const RecordedTensor* tensor = recorded_.find(weight);
    if (tensor == nullptr) return fingerprint_of_zeros(expected.n_items());
    return found.dtype == DType::kFloat32 ? tensor->exact : tensor->rounded;
  }

  const RecordingSource written_;
  const RecordingSource& recorded_;
  Family family_;
  DType dtype_;
  std::unordered_map<std::string, size_t> index_of_;  // in written_
  std::unique_ptr<float[]> values_;                   // of the tensor that is checked
};

}  // namespace

void verify_written(const TensorSource& written, const ModelToWrite& model,
                    const RecordingSource& recorded, Family family, DType dtype,
                    const WriteProgress& progress) {
  const ModelLayout layout(model, family);
  uint64_t n_done = 0, n_total = 0;
  for (const TensorToWrite& tensor : layout.tensors()) n_total += tensor.n_items();
  const auto on_read = [&](const float*, size_t n) {
    n_done = std::min(n_done + n, n_total);  // padding is read too
    if (progress) progress(n_done, n_total);
  };
  const Verifier verifier(written, recorded, family, dtype);
  verifier.check_number(layout.tensors().size());
  for (size_t i = 0; i < layout.tensors().size(); ++i) {
    verifier.check(layout.weight(i), layout.tensors()[i], on_read);
  }
}

}  // namespace gpt2run
