// Loading a checkpoint, checksums checked, beside reading the same bytes into fresh huge-page
// memory.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "engine/huge_buffer.h"
#include "loader/load_params.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

void read_all(const std::filesystem::path& path) {
  const InputFile file(path);
  HugeBuffer buffer((file.size() + sizeof(float) - 1) / sizeof(float));
  file.read_at(0, buffer.data(), file.size());
  benchmark::DoNotOptimize(buffer.data());
}

void BM_load(benchmark::State& state, const std::filesystem::path& model) {
  const ModelFiles files = find_model_files(model);
  const std::filesystem::path data = files.checkpoint.string() + ".data-00000-of-00001";
  std::vector<double> load_seconds, read_seconds;
  for (auto _ : state) {
    load_seconds.push_back(
        seconds_of([&] { benchmark::DoNotOptimize(load_params(files).storage.data()); }));
    read_seconds.push_back(seconds_of([&] { read_all(data); }));
    state.SetIterationTime(load_seconds.back());
  }
  const auto n_bytes = static_cast<double>(std::filesystem::file_size(data));
  state.counters["GB/s"] = n_bytes / median(load_seconds) / 1e9;
  state.counters["read_GB/s"] = n_bytes / median(read_seconds) / 1e9;
  state.counters["share_of_read"] = median(read_seconds) / median(load_seconds);
}

// The models of the source tree: the default one always, the 124M release where it was downloaded.
const bool g_registered = [] {
  for (const std::string name : {"shakespeare", "124M"}) {
    const auto model = std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / name;
    if (!std::filesystem::exists(model)) continue;
    benchmark::RegisterBenchmark(("BM_load/" + name).c_str(), BM_load, model)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace gpt2run
