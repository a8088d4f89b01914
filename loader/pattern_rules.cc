#include <algorithm>
#include <map>
#include <set>

#include "loader/layer_numbers.h"
#include "loader/propose_map.h"
#include "loader/unknown_prefix.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

// "model/h\1/ln_1/g" for "model/h3/ln_1/g".
std::string kind_of(const std::string& target, int layer) {
  const std::string scope = "model/h";
  return scope + "\\1" + target.substr(scope.size() + std::to_string(layer).size());
}

// The patterns that a rule fits into: its name with (\d+) for one of the numbers that are its
// layer's.
std::vector<NameRule> patterns_of(const NameRule& rule, int layer) {
  std::vector<NameRule> patterns;
  for (const NumberInName& number : numbers_in(rule.source)) {
    if (number.value != layer) continue;
    NameRule pattern = rule;
    pattern.is_pattern = true;
    pattern.source =
        quoted_for_re2(std::string_view(rule.source).substr(0, number.begin)) + "(\\d+)" +
        quoted_for_re2(std::string_view(rule.source).substr(number.begin + number.n_digits));
    pattern.target = kind_of(rule.target, layer);
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

// What makes two patterns the same line.
std::string line_of(const NameRule& pattern) {
  return name_map_text({pattern});
}

}  // namespace

std::vector<NameRule> with_patterns(const std::vector<NameRule>& rules) {
  std::map<std::string, size_t> n_fits;             // of each pattern
  std::map<std::string, std::string> line_of_kind;  // the pattern that most of a kind fit
  for (const NameRule& rule : rules) {
    const auto layer = layer_of(rule.target);
    if (!layer || rule.is_pattern) continue;
    for (const NameRule& pattern : patterns_of(rule, *layer)) {
      const std::string line = line_of(pattern);
      const size_t n = ++n_fits[line];
      std::string& best = line_of_kind[pattern.target];
      if (best.empty() || n > n_fits[best]) best = line;
    }
  }
  std::vector<NameRule> alone, together;
  std::set<std::string> written;
  for (const NameRule& rule : rules) {
    const auto layer = layer_of(rule.target);
    std::vector<NameRule> patterns;
    if (layer && !rule.is_pattern) patterns = patterns_of(rule, *layer);
    const auto own = std::find_if(patterns.begin(), patterns.end(), [&](const NameRule& pattern) {
      return line_of_kind[pattern.target] == line_of(pattern);
    });
    if (own == patterns.end()) {
      alone.push_back(rule);
    } else if (written.insert(own->target).second) {
      together.push_back(*own);
    }
  }
  alone.insert(alone.end(), together.begin(), together.end());
  return alone;
}

}  // namespace gpt2run
