#include "loader/verify_written.h"

#include <algorithm>
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
      : written_(written), recorded_(recorded), family_(family), dtype_(dtype) {
    for (size_t i = 0; i < written.tensors().size(); ++i) {
      const TensorInfo& tensor = written.tensors()[i];
      if (is_readable_float(tensor.dtype)) index_of_.emplace(tensor.name, i);
    }
  }

  void check_number(size_t n_expected) const {
    if (index_of_.size() == n_expected) return;
    throw CheckpointError(ErrorKind::kRuntime, written_.path(), "",
                          "expected " + std::to_string(n_expected) +
                              " tensors, as were written, "
                              "found " +
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
    std::vector<float> values(found.n_items());
    written_.read_float32(at->second, values.data(), on_read);
    const bool is_transposed = family_traits(family_).is_transposed && is_layer_matrix(weight);
    if (is_transposed) {
      values = transformed({{Transform::kTranspose}}, expected.shape, std::move(values));
    }
    check_values(weight, expected, found.dtype, values);
  }

 private:
  [[noreturn]] void fail(const TensorToWrite& tensor, const std::string& expected,
                         const std::string& found) const {
    throw CheckpointError(
        ErrorKind::kRuntime, written_.path(), tensor_text(tensor.name),
        "the disk does not hold what was written: expected " + expected + ", found " + found);
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

  void check_values(const std::string& weight, const TensorToWrite& expected, DType stored,
                    const std::vector<float>& values) const {
    const uint64_t n = expected.n_items();
    Fingerprint found;
    found.extend(values.data(), n);
    const RecordedTensor* tensor = recorded_.find(weight);
    const Fingerprint as_read = tensor == nullptr           ? fingerprint_of_zeros(n)
                                : stored == DType::kFloat32 ? tensor->exact
                                                            : tensor->rounded;
    const bool is_padded_with_zeros =
        std::all_of(values.begin() + static_cast<std::ptrdiff_t>(n), values.end(),
                    [](float value) { return value == 0; });
    if (found != as_read || !is_padded_with_zeros) {
      fail(expected, "the values that were read", "others");
    }
  }

  const TensorSource& written_;
  const RecordingSource& recorded_;
  Family family_;
  DType dtype_;
  std::unordered_map<std::string, size_t> index_of_;  // in written_
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
