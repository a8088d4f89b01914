#include "loader/layer_numbers.h"

#include <set>

namespace gpt2run {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "h#/ln_#/g" for "h3/ln_1/g".
std::string skeleton_of(std::string_view name, const std::vector<NumberInName>& numbers) {
  std::string skeleton;
  size_t at = 0;
  for (const NumberInName& number : numbers) {
    skeleton += std::string(name.substr(at, number.begin - at)) + '#';
    at = number.begin + number.n_digits;
  }
  return skeleton + std::string(name.substr(at));
}

}  // namespace

std::vector<NumberInName> numbers_in(std::string_view name) {
  constexpr size_t kMaxDigits = 6;
  std::vector<NumberInName> numbers;
  for (size_t begin = 0; begin < name.size(); ++begin) {
    if (!is_digit(name[begin])) continue;
    size_t end = begin;
    int value = 0;
    for (; end < name.size() && is_digit(name[end]); ++end) {
      if (end - begin < kMaxDigits) value = value * 10 + (name[end] - '0');
    }
    const size_t n_digits = end - begin;
    const bool is_plain = n_digits <= kMaxDigits && (n_digits == 1 || name[begin] != '0');
    if (is_plain) numbers.push_back({begin, n_digits, value});
    begin = end;
  }
  return numbers;
}

LayerNumbers::LayerNumbers(const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::set<int>>> values;
  for (const std::string& name : names) {
    const auto numbers = numbers_in(name);
    auto& of_skeleton = values[skeleton_of(name, numbers)];
    of_skeleton.resize(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) of_skeleton[i].insert(numbers[i].value);
  }
  for (const auto& [skeleton, of_place] : values) {
    size_t best = of_place.size();
    for (size_t i = 0; i < of_place.size(); ++i) {
      if (*of_place[i].begin() != 0) continue;
      if (best == of_place.size() || of_place[i].size() > of_place[best].size()) best = i;
    }
    // One misspelled name of layer 3 stands alone: the first number is the layer's.
    if (!of_place.empty()) place_of_[skeleton] = best == of_place.size() ? 0 : best;
  }
}

std::optional<NumberInName> LayerNumbers::find(std::string_view name) const {
  const auto numbers = numbers_in(name);
  const auto at = place_of_.find(skeleton_of(name, numbers));
  if (at == place_of_.end()) return std::nullopt;
  return numbers[at->second];
}

}  // namespace gpt2run
