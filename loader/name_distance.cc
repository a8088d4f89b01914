#include "loader/name_distance.h"

#include <algorithm>
#include <set>

#include "loader/families.h"
#include "loader/nearest_name.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

// The rest of a name, without what separates it from what went before.
std::string_view rest_from(std::string_view name, size_t at) {
  name.remove_prefix(at);
  const size_t begin = name.find_first_not_of("/._");
  return begin == name.npos ? std::string_view() : name.substr(begin);
}

// The name itself and its ends: "a/b.c", "b.c", "c".
std::vector<std::string_view> ends_of(std::string_view name) {
  constexpr size_t kMaxEnds = 8;
  std::vector<std::string_view> ends = {name};
  for (size_t at = name.find_first_of("/."); at != name.npos && ends.size() < kMaxEnds;
       at = name.find_first_of("/.", at + 1)) {
    ends.push_back(name.substr(at + 1));
  }
  return ends;
}

}  // namespace

std::vector<std::string> spellings_of(const std::string& weight) {
  std::set<std::string> spellings;
  const auto layer = layer_of(weight);
  for (const Family family :
       {Family::kOpenAi, Family::kHfTensorFlow, Family::kHfPyTorch, Family::kGguf, Family::kLlmc}) {
    std::string name = family_name(family, weight);
    const std::string_view prefix = family_traits(family).prefix;
    const std::string_view suffix = family_traits(family).suffix;
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    const std::string digits = layer ? std::to_string(*layer) : "";
    // llm.c's layer stands behind the name: qkvw.3
    const bool is_behind = layer && name.ends_with("." + digits);
    if (is_behind) {
      name.resize(name.size() - digits.size() - 1);
    } else if (layer && !name.empty()) {
      name = rest_from(name, name.find(digits) + digits.size());
    }
    if (!name.empty()) spellings.insert(name);
  }
  return {spellings.begin(), spellings.end()};
}

std::optional<size_t> name_distance(std::string_view name, const std::optional<NumberInName>& layer,
                                    const std::vector<std::string>& spellings) {
  const std::vector<std::string_view> parts =
      layer ? std::vector{rest_from(name, layer->begin + layer->n_digits)} : ends_of(name);
  std::optional<size_t> best;
  for (const std::string_view part : parts) {
    for (const std::string& spelling : spellings) {
      const size_t distance = edit_distance(part, spelling);
      const bool is_near = distance <= std::max<size_t>(1, spelling.size() / 3);
      if (is_near && (!best || distance < *best)) best = distance;
    }
  }
  return best;
}

}  // namespace gpt2run
