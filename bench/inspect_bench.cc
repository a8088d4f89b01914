// gpt2ckpt inspect on the index of the 124M release: the whole program, from its start to its end,
// beside the shortest program that there is.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "support/program.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

void BM_inspect(benchmark::State& state, const std::string& index, const std::string& flag) {
  const std::string program = GPT2RUN_PROGRAM_DIR "/gpt2ckpt";
  std::vector<double> inspect_seconds, true_seconds;
  for (auto _ : state) {
    bool is_well = true;
    inspect_seconds.push_back(seconds_of([&] {
      is_well = run_program({program, "inspect", flag, index});
    }));
    true_seconds.push_back(seconds_of([&] { is_well = run_program({"/bin/true"}) && is_well; }));
    if (!is_well) state.SkipWithError("a program failed");
    state.SetIterationTime(inspect_seconds.back());
  }
  if (inspect_seconds.empty()) return;
  state.counters["median_ms"] = median(inspect_seconds) * 1e3;
  state.counters["best_ms"] =
      *std::min_element(inspect_seconds.begin(), inspect_seconds.end()) * 1e3;
  state.counters["true_ms"] = median(true_seconds) * 1e3;
}

// Where the larger test data is.
const bool g_registered = [] {
  const std::string index = GPT2RUN_TEST_DATA_DIR "/real-bundles/gpt2-124M.index";
  if (!std::filesystem::exists(index)) return false;
  for (const auto& [name, flag] : {std::pair{"text", "--quiet"}, std::pair{"json", "--json"}}) {
    benchmark::RegisterBenchmark((std::string("BM_inspect/124M_index/") + name).c_str(), BM_inspect,
                                 index, flag)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace gpt2run
