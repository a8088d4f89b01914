#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/verify.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

bool is_matrix(const std::string& weight) {
  return !weight.ends_with("/b") && !weight.ends_with("/g");
}

bool is_triangle_buffer(const TensorInfo& tensor) {
  return is_mask_buffer(tensor) && tensor.shape.size() == 4;
}

// "[0, 0, 1, 5]": where the item is that is the at-th in row-major order.
std::string position_text(const std::vector<int64_t>& shape, uint64_t at) {
  std::vector<int64_t> index = shape;
  for (size_t d = shape.size(); d-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[d]);
    index[d] = static_cast<int64_t>(at % size);
    at /= size;
  }
  return shape_text(index);
}

// The first item of an n x n mask that is not as a lower triangle has it; n * n if there is none.
//   is_set  whether the item at a position is not zero
template <class IsSet>
uint64_t first_beside_triangle(uint64_t n, const IsSet& is_set) {
  for (uint64_t at = 0; at < n * n; ++at) {
    if (is_set(at) != (at % n <= at / n)) return at;
  }
  return n * n;
}

class ValueCheck {
 public:
  ValueCheck(const Checkpoint& checkpoint, const VerifyProgress& progress)
      : source_(*checkpoint.source), map_(*checkpoint.map), progress_(progress) {
    for (const TensorInfo& tensor : source_.tensors()) n_total_ += tensor.n_bytes;
  }

  std::vector<VerifyFinding> run() {
    for (size_t i = 0; i < source_.tensors().size(); ++i) {
      if (map_.tensors[i].role == TensorRole::kSkipped) continue;
      try {
        check(i);
      } catch (const InputError& error) {
        findings_.push_back(error_finding("read", error, source_.tensors()[i].name));
      }
      n_done_ += source_.tensors()[i].n_bytes;
      if (progress_) progress_(n_done_, n_total_);
    }
    return std::move(findings_);
  }

 private:
  void check(size_t i) {
    const TensorInfo& tensor = source_.tensors()[i];
    const bool is_float = is_readable_float(tensor.dtype);
    if (!is_float) source_.check(i);
    if (is_float) read(i);
    if (is_float && map_.tensors[i].role != TensorRole::kBuffer) check_finite(i);
    if (map_.tensors[i].role == TensorRole::kWeight) check_zeros(i);
    if (is_triangle_buffer(tensor)) is_float ? check_float_mask(i) : check_stored_mask(i);
  }

  void read(size_t i) {
    const TensorInfo& tensor = source_.tensors()[i];
    values_.resize(tensor.n_items());
    uint64_t n_read = 0;
    source_.read_float32(i, values_.data(), [&](const float*, size_t n) {
      n_read += n;
      const double share = static_cast<double>(n_read) / static_cast<double>(values_.size());
      const double n_bytes = share * static_cast<double>(tensor.n_bytes);
      if (progress_) progress_(n_done_ + static_cast<uint64_t>(n_bytes), n_total_);
    });
  }

  // What an optimizer keeps does not concern the model.
  void check_finite(size_t i) {
    const size_t first = find_not_finite(values_.data(), values_.size());
    if (first == values_.size()) return;
    const TensorInfo& tensor = source_.tensors()[i];
    const auto n = std::count_if(values_.begin(), values_.end(),
                                 [](float value) { return !std::isfinite(value); });
    const bool is_weight = map_.tensors[i].role == TensorRole::kWeight;
    add(is_weight ? VerifyFinding::kError : VerifyFinding::kWarning, "values", i,
        "expected finite numbers, found " + std::to_string(n) + " NaN or infinite, the first " +
            (std::isnan(values_[first]) ? "NaN" : "infinity") + " at " +
            position_text(tensor.shape, first) +
            (is_weight ? "; the model was saved broken, use an earlier save" : ""));
  }

  void check_zeros(size_t i) {
    const TensorInfo& tensor = source_.tensors()[i];
    if (!is_readable_float(tensor.dtype) || !is_matrix(map_.tensors[i].weight) || values_.empty()) {
      return;
    }
    if (std::any_of(values_.begin(), values_.end(), [](float value) { return value != 0; })) return;
    add(VerifyFinding::kWarning, "values", i,
        "all of its " + std::to_string(values_.size()) +
            " numbers are zero, as in a model that was not trained or not wholly saved");
  }

  void check_float_mask(size_t i) {
    report_mask(i, [&](uint64_t at) { return values_[at] != 0; });
  }

  void check_stored_mask(size_t i) {
    const TensorInfo& tensor = source_.tensors()[i];
    const auto place = source_.place(i);
    if (!place || tensor.n_items() == 0 || tensor.n_bytes % tensor.n_items() != 0) {
      add(VerifyFinding::kNote, "mask", i,
          "its values were not looked at: they do not stand as they are");
      return;
    }
    std::string bytes(tensor.n_bytes, '\0');
    InputFile(place->file).read_at(place->offset, bytes.data(), bytes.size());
    const uint64_t item = tensor.n_bytes / tensor.n_items();
    report_mask(i, [&](uint64_t at) {
      const auto* first = bytes.data() + at * item;
      return std::any_of(first, first + item, [](char byte) { return byte != 0; });
    });
  }

  template <class IsSet>
  void report_mask(size_t i, const IsSet& is_set) {
    const TensorInfo& tensor = source_.tensors()[i];
    const auto n = static_cast<uint64_t>(tensor.shape.back());
    const uint64_t at = first_beside_triangle(n, is_set);
    if (at == n * n) return;
    findings_.push_back(
        {VerifyFinding::kError, ErrorKind::kMismatch, "mask", tensor.name,
         printable(tensor.name) + ": expected a lower triangle of ones, found " +
             (is_set(at) ? "a one" : "a zero") + " at " + position_text(tensor.shape, at) +
             "; the model was trained to attend otherwise, or the file is damaged"});
  }

  void add(VerifyFinding::Level level, const std::string& check, size_t i,
           const std::string& what) {
    const std::string& name = source_.tensors()[i].name;
    findings_.push_back({level, ErrorKind::kCorrupt, check, name, printable(name) + ": " + what});
  }

  const TensorSource& source_;
  const WeightMap& map_;
  const VerifyProgress& progress_;
  uint64_t n_total_ = 0, n_done_ = 0;
  std::vector<float> values_;  // of the tensor that is looked at
  std::vector<VerifyFinding> findings_;
};

}  // namespace

std::vector<VerifyFinding> verify_values(const Checkpoint& checkpoint,
                                         const VerifyProgress& progress) {
  return ValueCheck(checkpoint, progress).run();
}

}  // namespace gpt2run
