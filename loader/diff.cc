#include "loader/diff.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "loader/checkpoint_error.h"
#include "loader/dtype.h"

namespace gpt2run {

double NumberDiff::mean_abs() const {
  return n_values == 0 ? 0 : sum_abs / static_cast<double>(n_values);
}

std::optional<double> NumberDiff::cosine() const {
  const double length = std::sqrt(norm2_a) * std::sqrt(norm2_b);
  if (!(length > 0) || !std::isfinite(length) || !std::isfinite(dot)) return std::nullopt;
  return n_different == 0 ? 1 : std::clamp(dot / length, -1.0, 1.0);
}

void NumberDiff::add(const NumberDiff& other) {
  n_values += other.n_values;
  n_different += other.n_different;
  max_abs = std::max(max_abs, other.max_abs);
  sum_abs += other.sum_abs;
  dot += other.dot;
  norm2_a += other.norm2_a;
  norm2_b += other.norm2_b;
}

NumberDiff diff_numbers(const float* a, const float* b, uint64_t n) {
  NumberDiff diff{.n_values = n};
  for (uint64_t i = 0; i < n; ++i) {
    const double x = a[i], y = b[i];
    diff.dot += x * y;
    diff.norm2_a += x * x;
    diff.norm2_b += y * y;
    if (std::memcmp(&a[i], &b[i], sizeof(float)) == 0) continue;
    ++diff.n_different;
    const double difference = std::abs(x - y);
    const double size =
        std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
    diff.max_abs = std::max(diff.max_abs, size);
    diff.sum_abs += size;
  }
  return diff;
}

bool TensorDiff::is_equal(double tolerance) const {
  if (status == kOnlyInA || status == kOnlyInB) return is_allowed;
  if (status != kCompared) return false;
  return numbers.n_different == 0 || (tolerance > 0 && numbers.max_abs <= tolerance);
}

bool CheckpointDiff::is_equal(double tolerance) const {
  return std::all_of(tensors.begin(), tensors.end(),
                     [&](const TensorDiff& tensor) { return tensor.is_equal(tolerance); });
}

namespace {

constexpr const char* kWte = "model/wte";
constexpr const char* kHead = "model/lm_head";

// A tensor that is compared, and where its values come from.
struct Entry {
  const TensorSource* source = nullptr;
  size_t index = 0;
  DiffSide side;

  DType dtype() const { return source->tensors()[index].dtype; }
  std::vector<float> read() const {
    std::vector<float> values(source->tensors()[index].n_items());
    source->read_float32(index, values.data(), {});
    return values;
  }
};

struct Entries {
  std::vector<std::string> order;
  std::map<std::string, Entry> by_weight;
  std::vector<DiffSide> extra;

  void add(const std::string& weight, Entry entry) {
    order.push_back(weight);
    by_weight.emplace(weight, std::move(entry));
  }
  const Entry* find(const std::string& weight) const {
    const auto at = by_weight.find(weight);
    return at == by_weight.end() ? nullptr : &at->second;
  }
};

Entries entries_of(const Checkpoint& checkpoint) {
  const MappedSource& weights = *checkpoint.weights;
  const auto& stored = checkpoint.source->tensors();
  if (weights.tensors().empty()) {
    throw CheckpointError(ErrorKind::kMismatch, checkpoint.source->path(), "",
                          "expected GPT-2's weights under names of a known family, found none in " +
                              std::to_string(stored.size()) +
                              " tensors; --name-map FILE can say which is which");
  }
  Entries entries;
  for (size_t i = 0; i < weights.tensors().size(); ++i) {
    const TensorInfo& tensor = weights.tensors()[i];
    const std::string& name = stored[weights.origin(i)].name;
    entries.add(tensor.name, {&weights, i, {name, tensor.dtype_text, tensor.shape}});
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    const TensorRole role = checkpoint.map->tensors[i].role;
    if (role == TensorRole::kWeight) continue;
    const DiffSide side{stored[i].name, stored[i].dtype_text, stored[i].shape, role};
    if (role == TensorRole::kUnexpected) {
      entries.add(stored[i].name, {checkpoint.source.get(), i, side});
    } else {
      entries.extra.push_back(side);
    }
  }
  return entries;
}

// Under that name, or, for a head that is tied here, wte.
const Entry* find_partner(const Entries& entries, const std::string& weight) {
  const Entry* entry = entries.find(weight);
  return entry == nullptr && weight == kHead ? entries.find(kWte) : entry;
}

TensorDiff compare(const std::string& weight, const Entry* a, const Entry* b) {
  TensorDiff diff{.weight = weight};
  if (a != nullptr) diff.a = a->side;
  if (b != nullptr) diff.b = b->side;
  if (a == nullptr || b == nullptr) {
    diff.status = b == nullptr ? TensorDiff::kOnlyInA : TensorDiff::kOnlyInB;
  } else if (a->side.shape != b->side.shape) {
    diff.status = TensorDiff::kShapes;
  } else if (!is_readable_float(a->dtype()) || !is_readable_float(b->dtype())) {
    diff.status = TensorDiff::kTypes;
  } else {
    const std::vector<float> x = a->read(), y = b->read();
    diff.numbers = diff_numbers(x.data(), y.data(), x.size());
  }
  return diff;
}

}  // namespace

CheckpointDiff diff_checkpoints(const Checkpoint& a, const Checkpoint& b) {
  const Entries of_a = entries_of(a), of_b = entries_of(b);
  CheckpointDiff diff;
  const auto add = [&](const std::string& weight) {
    TensorDiff tensor = compare(weight, find_partner(of_a, weight), find_partner(of_b, weight));
    const MapOptions& options = tensor.a ? b.options : a.options;
    const DiffSide& side = tensor.a ? *tensor.a : *tensor.b;
    tensor.is_allowed =
        matches_any(weight, options.allow_missing) || matches_any(side.name, options.allow_missing);
    diff.all.add(tensor.numbers);
    diff.tensors.push_back(std::move(tensor));
  };
  for (const std::string& weight : of_a.order) add(weight);
  for (const std::string& weight : of_b.order) {
    if (of_a.find(weight) == nullptr) add(weight);
  }
  diff.extra_a = of_a.extra;
  diff.extra_b = of_b.extra;
  return diff;
}

}  // namespace gpt2run
