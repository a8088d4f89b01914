#include "loader/weight_map.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

using Shape = std::vector<int64_t>;

// Without the 1 in front that some families give it.
Shape without_axis(const Shape& shape, size_t rank) {
  const bool has_axis = shape.size() == rank + 1 && shape.front() == 1;
  return has_axis ? Shape(shape.begin() + 1, shape.end()) : shape;
}

class Mapper {
 public:
  Mapper(const TensorSource& source, const MapOptions& options)
      : source_(source), options_(options), names_(source.tensors().size()) {
    map_.tensors.resize(source.tensors().size());
  }

  WeightMap map() {
    for (size_t i = 0; i < names_.size(); ++i) recognize(i);
    choose_family();
    for (size_t i = 0; i < names_.size(); ++i) decide(i);
    refuse_doubles();
    return std::move(map_);
  }

 private:
  const TensorInfo& tensor(size_t i) const { return source_.tensors()[i]; }

  void recognize(size_t i) {
    if (matches_any(tensor(i).name, options_.skip)) {
      map_.tensors[i].role = TensorRole::kSkipped;
      return;
    }
    if (options_.name_map) {
      if (const auto rule = options_.name_map->find(tensor(i).name)) {
        apply(*rule, i);
        return;
      }
    }
    names_[i] = recognize_name(tensor(i).name);
    if (names_[i] && matches_any(names_[i]->weight, options_.skip)) {
      names_[i].reset();
      map_.tensors[i].role = TensorRole::kSkipped;
    }
  }

  // A rule without a pattern says outright which weight it is; a pattern gives another name, which
  // the families are asked about as about any.
  void apply(const NameRule& rule, size_t i) {
    if (rule.is_pattern) {
      names_[i] = recognize_name(rule.target);
      renamed_[i] = rule.target;
    } else {
      names_[i] = RecognizedName{rule.target, "", Family::kOpenAi};
    }
    map_.tensors[i].is_by_user = names_[i].has_value();
    if (rule.transforms && names_[i]) user_transforms_[i] = *rule.transforms;
  }

  // By majority, so that one name of another kind does not turn the rest around.
  void choose_family() {
    std::map<Family, size_t> families;
    std::map<std::string, size_t> prefixes;
    for (size_t i = 0; i < names_.size(); ++i) {
      const bool is_outright = map_.tensors[i].is_by_user && renamed_.count(i) == 0;
      const auto name = is_outright ? recognize_end(tensor(i).name) : names_[i];
      if (!name) continue;
      ++families[name->family];
      if (name->weight != "model/lm_head") ++prefixes[name->prefix];
    }
    const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
    if (!families.empty()) {
      map_.family = std::max_element(families.begin(), families.end(), fewer)->first;
    }
    if (!prefixes.empty()) {
      map_.prefix = std::max_element(prefixes.begin(), prefixes.end(), fewer)->first;
    }
    if (stands_transposed()) {
      if (map_.family == Family::kOpenAi) map_.family = Family::kGgml;
      if (map_.family == Family::kHfPyTorch) map_.family = Family::kLinear;
    }
  }

  bool stands_transposed() const {
    int64_t n_embd = 0;
    int n_straight = 0, n_transposed = 0;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] && names_[i]->weight == "model/wte" && tensor(i).shape.size() == 2) {
        n_embd = tensor(i).shape[1];
      }
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (!names_[i] || user_transforms_.count(i) > 0) continue;
      const Shape shape = without_axis(tensor(i).shape, 2);
      if (shape.size() != 2 || shape[0] == shape[1]) continue;
      const std::string& weight = names_[i]->weight;
      if (!weight.ends_with("/c_attn/w") && !weight.ends_with("/c_fc/w")) continue;
      n_straight += shape[0] == n_embd;
      n_transposed += shape[1] == n_embd;
    }
    return n_transposed > n_straight;
  }

  void decide(size_t i) {
    MappedTensor& mapped = map_.tensors[i];
    if (mapped.role == TensorRole::kSkipped) return;
    if (!names_[i]) {
      mapped.role = role_of_unknown(i);
      return;
    }
    mapped.role = TensorRole::kWeight;
    mapped.weight = names_[i]->weight;
    const auto given = user_transforms_.find(i);
    if (given != user_transforms_.end()) mapped.transforms = given->second;
    Shape shape = shape_after(i, mapped.transforms);
    const size_t rank = is_layer_matrix(mapped.weight) ? 2 : 1;
    const bool may_have_axis = rank == 2 || is_linear_bias(mapped.weight);
    if (may_have_axis && without_axis(shape, rank) != shape) {
      mapped.transforms.push_back({.kind = Transform::kSqueeze});
      shape = transformed_shape(mapped.transforms.back(), shape);
    }
    if (given != user_transforms_.end()) return;
    if (rank == 2 && shape.size() == 2 && family_traits(map_.family).is_transposed) {
      mapped.transforms.push_back({.kind = Transform::kTranspose});
    }
    drop_padding(i);
  }

  Shape shape_after(size_t i, const std::vector<Transform>& transforms) const {
    try {
      return transformed_shape(transforms, tensor(i).shape);
    } catch (const std::invalid_argument& error) {
      throw CheckpointError(ErrorKind::kMismatch, source_.path(), printable(tensor(i).name),
                            std::string(error.what()) + "; correct the name map");
    }
  }

  // llm.c pads wte to a multiple of 128 rows and says how many are the vocabulary's.
  void drop_padding(size_t i) {
    MappedTensor& mapped = map_.tensors[i];
    const nlohmann::json& header = source_.metadata();
    if (map_.family != Family::kLlmc || mapped.weight != "model/wte") return;
    if (!header.contains("vocab_size") || tensor(i).shape.size() != 2) return;
    const auto n_vocab = header["vocab_size"].get<int64_t>();
    const Shape& shape = tensor(i).shape;
    if (n_vocab < 1 || n_vocab >= shape[0]) return;
    mapped.transforms.push_back(
        {.kind = Transform::kSlice, .ranges = {{0, n_vocab}, {0, shape[1]}}});
  }

  TensorRole role_of_unknown(size_t i) const {
    TensorInfo tensor = this->tensor(i);
    const auto renamed = renamed_.find(i);
    if (renamed != renamed_.end()) tensor.name = renamed->second;
    if (tensor.dtype == DType::kString) return TensorRole::kOther;
    if (is_optimizer_slot(tensor.name)) return TensorRole::kOptimizer;
    if (is_mask_buffer(tensor)) return TensorRole::kBuffer;
    if (is_counter(tensor)) return TensorRole::kOther;
    return tensor.name.starts_with(map_.prefix) && !is_object_graph(tensor.name)
               ? TensorRole::kUnexpected
               : TensorRole::kOther;
  }

  void refuse_doubles() const {
    std::map<std::string_view, size_t> seen;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (map_.tensors[i].role != TensorRole::kWeight) continue;
      const auto [at, is_new] = seen.emplace(map_.tensors[i].weight, i);
      if (is_new) continue;
      throw CheckpointError(
          ErrorKind::kMismatch, source_.path(), map_.tensors[i].weight,
          "expected one tensor, found two: " + printable(tensor(at->second).name) + " and " +
              printable(tensor(i).name) + "; leave one out with --skip NAME");
    }
  }

  const TensorSource& source_;
  const MapOptions& options_;
  std::vector<std::optional<RecognizedName>> names_;  // [tensors]
  std::map<size_t, std::string> renamed_;             // by a pattern
  std::map<size_t, std::vector<Transform>> user_transforms_;
  WeightMap map_;
};

}  // namespace

const char* role_name(TensorRole role) {
  switch (role) {
    case TensorRole::kWeight:
      return "weight";
    case TensorRole::kBuffer:
      return "buffer";
    case TensorRole::kOptimizer:
      return "optimizer";
    case TensorRole::kOther:
      return "other";
    case TensorRole::kSkipped:
      return "skipped";
    case TensorRole::kUnexpected:
      break;
  }
  return "unexpected";
}

WeightMap map_weights(const TensorSource& source, const MapOptions& options) {
  return Mapper(source, options).map();
}

bool matches_any(const std::string& name, const std::vector<std::string>& globs) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

}  // namespace gpt2run
