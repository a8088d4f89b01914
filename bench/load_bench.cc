// Loading a checkpoint, checksums checked, beside reading the same bytes into fresh huge-page
// memory and taking their crc32c.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "engine/huge_buffer.h"
#include "loader/crc32c.h"
#include "loader/load_params.h"
#include "support/random_bundle.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

void read_all(const std::filesystem::path& path) {
  const InputFile file(path);
  HugeBuffer buffer((file.size() + sizeof(float) - 1) / sizeof(float));
  char* const bytes = reinterpret_cast<char*>(buffer.data());
  constexpr uint64_t kPiece = uint64_t{256} << 10;  // stays in the second-level cache
  uint32_t crc = 0;
  for (uint64_t at = 0; at < file.size(); at += kPiece) {
    const auto n = static_cast<size_t>(std::min(kPiece, file.size() - at));
    file.read_at(at, bytes + at, n);
    crc = extend_crc32c(crc, bytes + at, n);
  }
  benchmark::DoNotOptimize(crc);
}

void load(benchmark::State& state, const std::filesystem::path& model) {
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
  state.counters["read_and_crc_GB/s"] = n_bytes / median(read_seconds) / 1e9;
  state.counters["share_of_read"] = median(read_seconds) / median(load_seconds);
}

void BM_load_default(benchmark::State& state) {
  load(state, std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / "shakespeare");
}
BENCHMARK(BM_load_default)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_load_124M(benchmark::State& state) {
  static const RandomBundle bundle;
  load(state, bundle.model());
}
BENCHMARK(BM_load_124M)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
