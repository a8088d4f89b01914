// The machine's own limits, which the other benchmarks are measured against.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "support/limits.h"

namespace gpt2run {
namespace {

// The mean and the best of what `measure` finds.
void report(benchmark::State& state, double (*measure)(), const std::string& unit) {
  double best = 0, sum = 0;
  for (auto _ : state) {
    const double found = measure();
    sum += found;
    best = std::max(best, found);
  }
  state.counters[unit] = sum / static_cast<double>(state.iterations()) / 1e9;
  state.counters["best_" + unit] = best / 1e9;
}

void BM_read_bandwidth(benchmark::State& state) {
  report(state, read_bandwidth, "GB/s");
}

void BM_peak_fma_rate(benchmark::State& state) {
  report(state, peak_fma_rate, "GFLOP/s");
}

BENCHMARK(BM_read_bandwidth)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_peak_fma_rate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
