// The machine's own limits, which the other benchmarks are measured against.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <optional>
#include <string>

#include "support/limits.h"

namespace gpt2run {
namespace {

// The mean and the best of what `measure` finds.
void report(benchmark::State& state, auto measure, const std::string& unit) {
  double best = 0, sum = 0;
  for (auto _ : state) {
    const std::optional<double> found = measure();
    if (!found) return state.SkipWithError("this CPU has no such instructions");
    sum += *found;
    best = std::max(best, *found);
  }
  state.counters[unit] = sum / static_cast<double>(state.iterations()) / 1e9;
  state.counters["best_" + unit] = best / 1e9;
}

// Of 512 MB, which no cache holds.
void BM_read_bandwidth(benchmark::State& state) {
  report(
      state, [] { return read_bandwidth(); }, "GB/s");
}

void BM_peak_fma_rate(benchmark::State& state) {
  report(state, peak_fma_rate, "GFLOP/s");
}

void BM_bf16_dot_rate(benchmark::State& state) {
  report(state, bf16_dot_rate, "GFLOP/s");
}

void BM_int8_dot_rate(benchmark::State& state) {
  report(state, int8_dot_rate, "GFLOP/s");
}

void BM_bf16_amx_rate(benchmark::State& state) {
  report(state, bf16_amx_rate, "GFLOP/s");
}

void BM_int8_amx_rate(benchmark::State& state) {
  report(state, int8_amx_rate, "GFLOP/s");
}

BENCHMARK(BM_read_bandwidth)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_peak_fma_rate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_bf16_dot_rate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_int8_dot_rate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_bf16_amx_rate)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_int8_amx_rate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
