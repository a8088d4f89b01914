// Loading a checkpoint, checksums checked and weights packed, and the whole program from its start
// to its first token, beside reading the same bytes into fresh huge-page memory.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "loader/load_params.h"
#include "support/limits.h"
#include "support/program.h"
#include "support/random_bundle.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

// Times work() beside a plain read of the bundle's data, taken in turns.
void beside_reading(benchmark::State& state, const std::filesystem::path& bundle,
                    const std::function<void()>& work) {
  const std::filesystem::path data = bundle.string() + ".data-00000-of-00001";
  std::vector<double> work_seconds, read_seconds;
  for (auto _ : state) {
    work_seconds.push_back(seconds_of(work));
    read_seconds.push_back(file_read_seconds(data));
    state.SetIterationTime(work_seconds.back());
  }
  const auto n_bytes = static_cast<double>(std::filesystem::file_size(data));
  state.counters["median_ms"] = median(work_seconds) * 1e3;
  state.counters["read_ms"] = median(read_seconds) * 1e3;
  state.counters["GB/s"] = n_bytes / median(work_seconds) / 1e9;
  state.counters["read_GB/s"] = n_bytes / median(read_seconds) / 1e9;
  state.counters["times_read"] = median(work_seconds) / median(read_seconds);
}

void load(benchmark::State& state, const std::filesystem::path& model, WeightType type) {
  const ModelFiles files = find_model_files(model);
  beside_reading(state, files.checkpoint,
                 [&] { benchmark::DoNotOptimize(load_params(files, type).storage.data()); });
}

void BM_load_default(benchmark::State& state) {
  load(state, std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / "shakespeare",
       WeightType::kFloat32);
}
BENCHMARK(BM_load_default)->UseManualTime()->Unit(benchmark::kMillisecond);

const RandomBundle& bundle_124m() {
  static const RandomBundle bundle;
  return bundle;
}

void BM_load_124M(benchmark::State& state, WeightType type) {
  load(state, bundle_124m().model(), type);
}

// gpt2run from its start to its end, for one token after a short prompt.
void BM_first_token_124M(benchmark::State& state, WeightType type) {
  const std::string vocabulary = GPT2RUN_TEST_DATA_DIR "/gpt2-vocab";
  if (!std::filesystem::exists(vocabulary)) {
    state.SkipWithError(("needs " + vocabulary).c_str());
    return;
  }
  const ModelFiles files = find_model_files(bundle_124m().model());
  bool is_well = true;
  beside_reading(state, files.checkpoint, [&] {
    is_well &= run_program({GPT2RUN_PROGRAM_DIR "/gpt2run", "--quiet", "--model",
                            files.checkpoint.string(), "--vocab", vocabulary, "--dtype",
                            weight_type_name(type), "-n", "1", "--prompt", "Hello"});
  });
  if (!is_well) state.SkipWithError("gpt2run failed");
}

const bool g_registered = [] {
  for (const WeightType type :
       {WeightType::kFloat32, WeightType::kBFloat16, WeightType::kInt8, WeightType::kInt4}) {
    for (const auto& [name, run] :
         {std::pair{std::string("BM_load_124M/"), &BM_load_124M},
          std::pair{std::string("BM_first_token_124M/"), &BM_first_token_124M}}) {
      benchmark::RegisterBenchmark((name + weight_type_name(type)).c_str(), run, type)
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace gpt2run
