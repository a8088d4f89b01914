#include "loader/misfits.h"

#include <algorithm>
#include <iterator>
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

constexpr int kTensorsOfLayer = 12;

class Matcher {
 public:
  Matcher(const MappedSource& source, const ModelConfig& config,
          const std::vector<std::string>& allow_missing)
      : source_(source),
        config_(config),
        hparams_(config.hparams),
        allow_missing_(allow_missing),
        family_(source.map().family),
        is_used_(source.tensors().size(), false) {}

  NameMatch match() {
    for (size_t i = 0; i < source_.tensors().size(); ++i) {
      index_of_.emplace(source_.tensors()[i].name, i);
      if (const auto layer = layer_of(source_.tensors()[i].name)) match_.layers.insert(*layer);
    }
    for (const WeightSlot& slot : model_weights(hparams_)) match_slot(slot);
    match_head();
    for (const int layer : match_.layers) {
      if (layer >= hparams_.n_layer) break;
      for (const WeightSlot& slot : block_weights(hparams_, layer)) match_slot(slot);
    }
    sort_out_the_rest();
    report_missing();
    report_missing_layers();
    for (const std::string& name : unexpected_) {
      match_.misfits.push_back({Misfit::kUnexpected, name, "unexpected"});
    }
    std::sort(match_.fits.begin(), match_.fits.end(),
              [](const WeightFit& a, const WeightFit& b) { return a.tensor < b.tensor; });
    return std::move(match_);
  }

 private:
  // A weight as the checkpoint calls it, or would.
  std::string spelled(const std::string& weight) const {
    const auto at = index_of_.find(weight);
    if (at != index_of_.end()) return stored(at->second).name;
    const FamilyTraits& traits = family_traits(family_);
    const std::string name = family_name(family_, weight);
    if (name.empty()) return weight;
    // The family's usual prefix gives way to the one that is here.
    const std::string_view usual = traits.prefix;
    const bool has_usual = !usual.empty() && name.starts_with(usual);
    return has_usual ? source_.map().prefix + name.substr(usual.size()) : name;
  }

  const TensorInfo& stored(size_t i) const { return source_.source().tensors()[source_.origin(i)]; }

  void match_head() {
    const bool is_here = index_of_.count("model/lm_head") > 0;
    if (is_here) {
      match_.has_head = true;
      match_slot(head_weight(hparams_));
    } else if (config_.is_tied == false) {
      missing_.push_back("model/lm_head");
    }
  }

  void match_slot(const WeightSlot& slot) {
    const auto at = index_of_.find(slot.name);
    if (at == index_of_.end()) {
      note_missing(slot.name);
      return;
    }
    is_used_[at->second] = true;
    const TensorInfo& tensor = source_.tensors()[at->second];
    const std::string name = stored(at->second).name;
    if (tensor.dtype_text == "variant" || tensor.dtype_text == "resource") {
      throw CheckpointError(ErrorKind::kUnsupported, source_.path(), name,
                            "expected float32, float16 or bfloat16, found " + tensor.dtype_text);
    }
    if (!is_readable_float(tensor.dtype)) {
      match_.misfits.push_back({Misfit::kType, name,
                                "expected float32, float16 or bfloat16, found " + tensor.dtype_text,
                                slot.name});
    } else if (tensor.shape != slot.shape) {
      match_.misfits.push_back(shape_misfit(slot, at->second));
    } else {
      match_.fits.push_back({slot, at->second});
    }
  }

  Misfit shape_misfit(const WeightSlot& slot, size_t i) const {
    const std::vector<int64_t>& found = source_.tensors()[i].shape;
    const bool is_by_user = source_.map().tensors[source_.origin(i)].is_by_user;
    const std::vector<int64_t> expected =
        is_by_user ? slot.shape : family_shape(family_, slot.name, slot.shape);
    Misfit misfit{Misfit::kShape, stored(i).name,
                  "expected shape " + shape_text(expected) + ", found " +
                      printable(shape_text(is_by_user ? found : stored(i).shape)),
                  slot.name};
    std::vector<int64_t> transposed = found;
    if (found.size() >= 2) std::swap(transposed.back(), transposed[found.size() - 2]);
    misfit.is_transposed = transposed == slot.shape;
    if (misfit.is_transposed) misfit.text += " (transposed, as nn.Linear stores it)";
    return misfit;
  }

  void note_missing(const std::string& weight) {
    const bool is_bias = weight.ends_with("/b");
    if ((is_bias && !config_.has_biases) || matches_any(weight, allow_missing_) ||
        matches_any(spelled(weight), allow_missing_)) {
      match_.left_at_zero.push_back(spelled(weight));
    } else {
      missing_.push_back(weight);
    }
  }

  // Everything that is no weight of this model.
  void sort_out_the_rest() {
    std::map<int, int> extra_layers;  // layer -> how many tensors
    for (size_t i = 0; i < is_used_.size(); ++i) {
      if (is_used_[i]) continue;
      const auto layer = layer_of(source_.tensors()[i].name);
      if (layer && *layer >= hparams_.n_layer) ++extra_layers[*layer];
    }
    const auto& tensors = source_.source().tensors();
    for (size_t i = 0; i < tensors.size(); ++i) {
      const TensorRole role = source_.map().tensors[i].role;
      if (role == TensorRole::kWeight) continue;
      if (role == TensorRole::kUnexpected) {
        unexpected_.push_back(tensors[i].name);
      } else {
        ++match_.n_skipped;
        match_.n_bytes_skipped += tensors[i].n_bytes;
      }
    }
    for (const auto& [layer, n_tensors] : extra_layers) {
      match_.misfits.push_back({Misfit::kUnexpectedLayer, scope(layer),
                                "unexpected layer (" + std::to_string(n_tensors) + " tensors); " +
                                    config_.origin + " says n_layer " +
                                    std::to_string(hparams_.n_layer)});
    }
  }

  // A missing name takes the unexpected one nearest to it along, so that each stands once.
  void report_missing() {
    constexpr size_t kMaxPairs = 20000;  // beyond, names are of another kind altogether
    const bool compare = missing_.size() * unexpected_.size() <= kMaxPairs;
    for (const std::string& weight : missing_) {
      const std::string name = spelled(weight);
      Misfit misfit{Misfit::kMissing, name, "missing", weight};
      const size_t nearest = compare ? nearest_name(name, unexpected_) : unexpected_.size();
      if (nearest < unexpected_.size()) {
        misfit.nearest = unexpected_[nearest];
        misfit.text += "; the nearest name here is " + misfit.nearest;
        unexpected_.erase(unexpected_.begin() + static_cast<std::ptrdiff_t>(nearest));
      }
      match_.misfits.push_back(std::move(misfit));
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

  // What stands before the names of a layer: "model/h3", "transformer.h.3".
  std::string scope(int layer) const {
    const std::string weight = "model/h" + std::to_string(layer);
    const std::string name = spelled(weight + "/ln_1/g");
    const size_t at = name.find(std::to_string(layer));
    return at == std::string::npos ? weight : name.substr(0, at + std::to_string(layer).size());
  }

  void report_layer_gap(int begin, int end) {
    constexpr int kMaxLines = 64;
    if (end - begin > kMaxLines) {
      match_.misfits.push_back({Misfit::kMissingLayer, scope(begin) + " to " + scope(end - 1),
                                "missing: " + std::to_string(end - begin) + " layers"});
      return;
    }
    for (int layer = begin; layer < end; ++layer) {
      match_.misfits.push_back(
          {Misfit::kMissingLayer, scope(layer),
           "missing: the whole layer (" + std::to_string(kTensorsOfLayer) + " tensors)"});
    }
  }

  const MappedSource& source_;
  const ModelConfig& config_;
  const Hparams& hparams_;
  const std::vector<std::string>& allow_missing_;
  Family family_;
  std::unordered_map<std::string_view, size_t> index_of_;
  std::vector<bool> is_used_;
  std::vector<std::string> missing_, unexpected_;
  NameMatch match_;
};

}  // namespace

std::string weight_count_text(const NameMatch& match, const Hparams& hparams) {
  const auto n_layer = static_cast<int64_t>(hparams.n_layer);
  const int64_t n_expected = static_cast<int64_t>(model_weights(hparams).size()) +
                             kTensorsOfLayer * n_layer + (match.has_head ? 1 : 0);
  const auto n_layers_here =
      std::distance(match.layers.begin(), match.layers.lower_bound(hparams.n_layer));
  auto n_missing =
      (n_layer - n_layers_here) * kTensorsOfLayer + static_cast<int64_t>(match.left_at_zero.size());
  for (const Misfit& misfit : match.misfits) n_missing += misfit.kind == Misfit::kMissing;
  return std::to_string(n_expected - n_missing) + " of " + std::to_string(n_expected) +
         " weights are here";
}

NameMatch match_names(const MappedSource& source, const ModelConfig& config,
                      const std::vector<std::string>& allow_missing) {
  return Matcher(source, config, allow_missing).match();
}

}  // namespace gpt2run
