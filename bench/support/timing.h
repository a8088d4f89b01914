#pragma once

#include <algorithm>
#include <vector>

namespace gpt2run {

// The upper of the two middle values for an even count. Requires: not empty.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace gpt2run
