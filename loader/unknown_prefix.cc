#include "loader/unknown_prefix.h"

#include <algorithm>
#include <map>
#include <set>

#include "loader/dtype.h"

namespace gpt2run {

std::optional<UnknownPrefix> find_unknown_prefix(const TensorSource& source, const WeightMap& map) {
  std::set<std::string> found;
  for (const MappedTensor& tensor : map.tensors) {
    if (tensor.role == TensorRole::kWeight) found.insert(tensor.weight);
  }
  std::map<std::string, UnknownPrefix> prefixes;
  std::map<std::string, std::set<std::string>> weights;
  for (size_t i = 0; i < map.tensors.size(); ++i) {
    const TensorInfo& tensor = source.tensors()[i];
    const TensorRole role = map.tensors[i].role;
    const bool is_open = role == TensorRole::kUnexpected || role == TensorRole::kOther;
    if (!is_open || !is_readable_float(tensor.dtype)) continue;
    size_t begin = 0;
    const auto known = recognize_end(tensor.name, &begin);
    // A head beside a tied model is another one's: a classifier's, a value function's.
    if (!known || found.count(known->weight) > 0 || known->weight == "model/lm_head") continue;
    const std::string prefix = tensor.name.substr(0, begin);
    UnknownPrefix& entry = prefixes[prefix];
    if (entry.example.empty()) entry = {prefix, 0, tensor.name};
    weights[prefix].insert(known->weight);
    entry.n_weights = weights[prefix].size();
  }
  const auto best = std::max_element(
      prefixes.begin(), prefixes.end(),
      [](const auto& a, const auto& b) { return a.second.n_weights < b.second.n_weights; });
  if (best == prefixes.end()) return std::nullopt;
  return best->second;
}

std::string quoted_for_re2(std::string_view text) {
  constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";
  std::string quoted;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

NameRule prefix_rule(const std::string& prefix) {
  NameRule rule;
  rule.source = quoted_for_re2(prefix) + "(.*)";
  rule.target = "\\1";
  rule.is_pattern = true;
  return rule;
}

MapOptions without_prefix(MapOptions options, const std::string& prefix) {
  std::vector<NameRule> rules;
  if (options.name_map) rules = options.name_map->rules();
  rules.push_back(prefix_rule(prefix));
  options.name_map.emplace(std::move(rules), options.name_map ? options.name_map->path() : "");
  return options;
}

}  // namespace gpt2run
