// Prefill and decode of a 124M-shaped random model, each beside the limit that holds it: passes and
// measurements of the limit take turns, and medians are compared, so that a machine's drift hits
// both.

#include <benchmark/benchmark.h>

#include <vector>

#include "engine/gpt2.h"
#include "support/costs.h"
#include "support/limits.h"
#include "support/model_124m.h"
#include "support/passes.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

void set_counters(benchmark::State& state, double n_tokens, const std::vector<double>& seconds,
                  double seconds_at_the_limit) {
  state.counters["tok/s"] = n_tokens / median(seconds);
  state.counters["limit_tok/s"] = n_tokens / seconds_at_the_limit;
  state.counters["share_of_limit"] = seconds_at_the_limit / median(seconds);
}

void BM_prefill(benchmark::State& state) {
  const Params& params = model_124m();
  const std::vector<int> ids = some_ids(static_cast<int>(state.range(0)), params.hparams.n_vocab);
  KvCache cache(params);
  gpt2(ids, params, cache);  // pages and threads are there
  std::vector<double> seconds, rates;
  for (auto _ : state) {
    cache.truncate(0);
    seconds.push_back(seconds_of([&] { gpt2(ids, params, cache); }));
    rates.push_back(peak_fma_rate());
    state.SetIterationTime(seconds.back());
  }
  const auto n_seq = static_cast<double>(ids.size());
  const double flops = pass_operations(params.hparams, n_seq, 0);
  set_counters(state, n_seq, seconds, flops / median(rates));
}

void BM_decode(benchmark::State& state) {
  constexpr int kTokens = 8;  // an iteration: some 0.15 s, as long as a measurement of the limit
  const Params& params = model_124m();
  const int n_past = static_cast<int>(state.range(0));
  KvCache cache(params);
  gpt2(some_ids(n_past, params.hparams.n_vocab), params, cache);
  ReadBandwidth bandwidth(params.storage);
  std::vector<double> seconds;
  for (auto _ : state) {
    cache.truncate(n_past);
    seconds.push_back(seconds_of([&] {
      for (int id = 0; id < kTokens; ++id) gpt2({&id, 1}, params, cache);
    }));
    bandwidth.measure();
    state.SetIterationTime(seconds.back());
  }
  const double bytes = weight_bytes(params) + cache_bytes(params, n_past + kTokens / 2.0);
  set_counters(state, kTokens, seconds, kTokens * bytes / bandwidth.best_median());
}

BENCHMARK(BM_prefill)
    ->Arg(16)
    ->Arg(128)
    ->Arg(512)
    ->Arg(1024)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_decode)->Arg(16)->Arg(512)->Arg(1000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
