#include "loader/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace gpt2run {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // the distances of a's beginning to each of b's
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

size_t nearest_name(std::string_view wanted, const std::vector<std::string>& names) {
  const size_t limit = std::max<size_t>(2, wanted.size() / 5);
  size_t best = names.size(), best_distance = limit + 1;
  for (size_t i = 0; i < names.size(); ++i) {
    const size_t longer = std::max(names[i].size(), wanted.size());
    const size_t shorter = std::min(names[i].size(), wanted.size());
    if (longer - shorter >= best_distance) continue;  // the distance is at least that
    const size_t distance = edit_distance(wanted, names[i]);
    if (distance < best_distance) {
      best = i;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace gpt2run
