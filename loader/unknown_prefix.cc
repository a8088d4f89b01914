#include "loader/unknown_prefix.h"

#include <algorithm>
#include <map>
#include <set>

#include "loader/dtype.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxNameBytes = 512;
constexpr int kMaxParts = 8;  // of a prefix

// Where the known name begins in one that is not known as a whole; npos if nowhere.
size_t known_part_of(std::string_view name, std::string& weight) {
  size_t at = name.find_first_of("/.");
  for (int n = 0; n < kMaxParts && at != std::string_view::npos; ++n) {
    const auto known = recognize_name(name.substr(at + 1));
    if (known) {
      weight = known->weight;
      return at + 1;
    }
    at = name.find_first_of("/.", at + 1);
  }
  return std::string_view::npos;
}

}  // namespace

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
    if (!is_open || !is_readable_float(tensor.dtype) || tensor.name.size() > kMaxNameBytes) {
      continue;
    }
    std::string weight;
    const size_t at = known_part_of(tensor.name, weight);
    if (at == std::string_view::npos || found.count(weight) > 0) continue;
    // A head beside a tied model is another one's: a classifier's, a value function's.
    if (weight == "model/lm_head") continue;
    const std::string prefix = tensor.name.substr(0, at);
    UnknownPrefix& entry = prefixes[prefix];
    if (entry.example.empty()) entry = {prefix, 0, tensor.name};
    weights[prefix].insert(weight);
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
