// The machine's own limits, which the other benchmarks are measured against.

#include <benchmark/benchmark.h>

#include "support/limits.h"

namespace gpt2run {
namespace {

void BM_read_bandwidth(benchmark::State& state) {
  double best = 0, sum = 0;
  for (auto _ : state) {
    const double found = read_bandwidth();
    sum += found;
    best = std::max(best, found);
  }
  state.counters["GB/s"] = sum / static_cast<double>(state.iterations()) / 1e9;
  state.counters["best_GB/s"] = best / 1e9;
}

void BM_peak_fma_rate(benchmark::State& state) {
  double best = 0, sum = 0;
  for (auto _ : state) {
    const double found = peak_fma_rate();
    sum += found;
    best = std::max(best, found);
  }
  state.counters["GFLOP/s"] = sum / static_cast<double>(state.iterations()) / 1e9;
  state.counters["best_GFLOP/s"] = best / 1e9;
}

BENCHMARK(BM_read_bandwidth)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_peak_fma_rate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
