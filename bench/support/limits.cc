#include "support/limits.h"

#include <vector>

#include "support/timing.h"

namespace gpt2run {
namespace {

double median_of(int n, double (*measure)()) {
  std::vector<double> found;
  for (int i = 0; i < n; ++i) found.push_back(measure());
  return median(found);
}

}  // namespace

double typical_read_bandwidth() {
  static const double value = median_of(5, [] { return read_bandwidth(); });
  return value;
}

double typical_fma_rate() {
  static const double value = median_of(9, peak_fma_rate);
  return value;
}

}  // namespace gpt2run
