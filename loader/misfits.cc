#include "loader/misfits.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/nearest_name.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

class Matcher {
 public:
  Matcher(const TensorSource& source, const Hparams& hparams)
      : source_(source), hparams_(hparams), is_used_(source.tensors().size(), false) {}

  NameMatch match() {
    sort_out();
    for (const WeightSlot& slot : model_weights(hparams_)) match_slot(slot);
    for (const int layer : match_.layers) {
      if (layer >= hparams_.n_layer) break;
      for (const WeightSlot& slot : block_weights(hparams_, layer)) match_slot(slot);
    }
    collect_unexpected();
    report_missing();
    report_missing_layers();
    for (const std::string& name : unexpected_) {
      match_.misfits.push_back({name, "unexpected"});
    }
    std::sort(match_.fits.begin(), match_.fits.end(),
              [](const WeightFit& a, const WeightFit& b) { return a.tensor < b.tensor; });
    return std::move(match_);
  }

 private:
  // Finds the weights by name, and skips what is none.
  void sort_out() {
    for (size_t i = 0; i < source_.tensors().size(); ++i) {
      const TensorInfo& tensor = source_.tensors()[i];
      index_of_.emplace(tensor.name, i);
      if (is_no_weight(tensor)) continue;
      if (const auto layer = layer_of(tensor.name)) match_.layers.insert(*layer);
    }
  }

  void match_slot(const WeightSlot& slot) {
    const auto at = index_of_.find(slot.name);
    if (at == index_of_.end()) {
      missing_.push_back(slot.name);
      return;
    }
    is_used_[at->second] = true;
    const TensorInfo& tensor = source_.tensors()[at->second];
    if (tensor.dtype_text == "variant" || tensor.dtype_text == "resource") {
      throw CheckpointError(ErrorKind::kUnsupported, source_.path(), slot.name,
                            "expected float32, float16 or bfloat16, found " + tensor.dtype_text);
    }
    if (!slot.takes(tensor.shape)) {
      match_.misfits.push_back({slot.name, shape_misfit(slot, tensor.shape)});
    } else if (!is_readable_float(tensor.dtype)) {
      match_.misfits.push_back(
          {slot.name, "expected float32, float16 or bfloat16, found " + tensor.dtype_text});
    } else {
      match_.fits.push_back({slot, at->second});
    }
  }

  static std::string shape_misfit(const WeightSlot& slot, const std::vector<int64_t>& found) {
    std::string text = "expected shape " + shape_text(slot.saved_shape()) + ", found " +
                       printable(shape_text(found));
    std::vector<int64_t> transposed = found;
    if (found.size() >= 2) std::swap(transposed.back(), transposed[found.size() - 2]);
    if (slot.takes(transposed)) text += " (transposed, as nn.Linear stores it)";
    return text;
  }

  void collect_unexpected() {
    std::map<int, int> extra_layers;  // layer -> how many tensors
    for (size_t i = 0; i < is_used_.size(); ++i) {
      const TensorInfo& tensor = source_.tensors()[i];
      if (is_used_[i]) continue;
      if (is_no_weight(tensor)) {
        ++match_.n_skipped;
        match_.n_bytes_skipped += tensor.n_bytes;
        continue;
      }
      const auto layer = layer_of(tensor.name);
      if (layer && *layer >= hparams_.n_layer) {
        ++extra_layers[*layer];
      } else {
        unexpected_.push_back(tensor.name);
      }
    }
    for (const auto& [layer, n_tensors] : extra_layers) {
      match_.misfits.push_back(
          {"model/h" + std::to_string(layer), "unexpected layer (" + std::to_string(n_tensors) +
                                                  " tensors); hparams.json says n_layer " +
                                                  std::to_string(hparams_.n_layer)});
    }
  }

  // A missing name takes the unexpected one nearest to it along, so that each stands once.
  void report_missing() {
    constexpr size_t kMaxPairs = 20000;  // beyond, names are of another kind altogether
    const bool compare = missing_.size() * unexpected_.size() <= kMaxPairs;
    for (const std::string& name : missing_) {
      std::string text = "missing";
      const size_t nearest = compare ? nearest_name(name, unexpected_) : unexpected_.size();
      if (nearest < unexpected_.size()) {
        text += "; the nearest name here is " + unexpected_[nearest];
        unexpected_.erase(unexpected_.begin() + static_cast<std::ptrdiff_t>(nearest));
      }
      match_.misfits.push_back({name, text});
    }
  }

  void report_missing_layers() {
    int next = 0;
    for (const int layer : match_.layers) {
      report_layer_gap(next, std::min(layer, hparams_.n_layer));
      next = layer + 1;
    }
    report_layer_gap(next, hparams_.n_layer);
  }

  void report_layer_gap(int begin, int end) {
    constexpr int kMaxLines = 64;
    const auto scope = [](int layer) { return "model/h" + std::to_string(layer); };
    if (end - begin > kMaxLines) {
      match_.misfits.push_back({scope(begin) + " to " + scope(end - 1),
                                "missing: " + std::to_string(end - begin) + " layers"});
      return;
    }
    for (int layer = begin; layer < end; ++layer) {
      match_.misfits.push_back({scope(layer), "missing: the whole layer (12 tensors)"});
    }
  }

  const TensorSource& source_;
  const Hparams& hparams_;
  std::unordered_map<std::string_view, size_t> index_of_;
  std::vector<bool> is_used_;
  std::vector<std::string> missing_, unexpected_;
  NameMatch match_;
};

}  // namespace

NameMatch match_names(const TensorSource& source, const Hparams& hparams) {
  return Matcher(source, hparams).match();
}

}  // namespace gpt2run
