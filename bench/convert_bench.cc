// Converting a TensorFlow checkpoint to safetensors, read back before it is in place, beside
// copying the same bytes, flushing the copy to disk and comparing it.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "loader/checkpoint.h"
#include "loader/write_checkpoint.h"
#include "support/random_bundle.h"
#include "support/temporary_folder.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

void convert(const fs::path& model, const fs::path& target) {
  const Checkpoint checkpoint = open_checkpoint(find_model_files(model));
  const ModelConfig config = read_model_config(checkpoint);
  write_checkpoint({*checkpoint.weights, config.hparams, nullptr}, target,
                   TargetFormat::kSafetensors, DType::kFloat32, false);
}

void copy_and_compare(const fs::path& from, const fs::path& to) {
  const std::string files = "'" + from.string() + "' '" + to.string() + "'";
  const std::string command = "cp " + files + " && sync '" + to.string() + "' && cmp " + files;
  if (::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void convert_and_copy(benchmark::State& state, const fs::path& model) {
  const fs::path data = find_model_files(model).checkpoint.string() + ".data-00000-of-00001";
  // Beside the results: where temporary files are may be memory.
  const TemporaryFolder folder(fs::current_path());
  std::vector<double> convert_seconds, copy_seconds;
  for (auto _ : state) {
    const fs::path target = folder.path() / "model", twin = folder.path() / "copy";
    convert_seconds.push_back(seconds_of([&] { convert(model, target); }));
    copy_seconds.push_back(seconds_of([&] { copy_and_compare(data, twin); }));
    state.SetIterationTime(convert_seconds.back());
    fs::remove_all(target);
    fs::remove(twin);
  }
  state.counters["GB/s"] = static_cast<double>(fs::file_size(data)) / median(convert_seconds) / 1e9;
  state.counters["share_of_copy"] = median(copy_seconds) / median(convert_seconds);
}

void BM_convert_124M(benchmark::State& state) {
  static const RandomBundle bundle;
  convert_and_copy(state, bundle.model());
}
BENCHMARK(BM_convert_124M)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpt2run
