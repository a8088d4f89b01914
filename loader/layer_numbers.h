#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// A number within a name: name.substr(begin, n_digits), without leading zeros.
struct NumberInName {
  size_t begin = 0, n_digits = 0;
  int value = 0;
};

// All of at most 6 digits, from left to right.
std::vector<NumberInName> numbers_in(std::string_view name);

// Tells which number in names of an unknown kind is the layer's: of those that begin with 0, the
// one that takes most values among names that are else alike.
class LayerNumbers {
 public:
  explicit LayerNumbers(const std::vector<std::string>& names);
  std::optional<NumberInName> find(std::string_view name) const;

 private:
  std::map<std::string, size_t> place_of_;  // name with # for numbers -> which of them
};

}  // namespace gpt2run
