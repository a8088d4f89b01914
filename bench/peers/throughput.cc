// Prints how long a model's prefill and decode take, as one JSON object:
//   throughput --model 124M --dtype f32 --threads 2 --prefill 512 --decode 128,8 --decode 16,1000
// Each --prefill N is one pass over N tokens; each --decode N,PAST is N passes over one token after
// PAST others, the likeliest id fed back. Several --repeats give the median. Beside each stand the
// machine's limits, measured between those very passes: the rates of multiplying for prefill, of
// reading the weights for decode.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "engine/argmax.h"
#include "engine/gpt2.h"
#include "loader/load_params.h"
#include "support/limits.h"
#include "support/passes.h"
#include "support/print_measured.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string model;
  WeightType type = WeightType::kFloat32;
  int n_threads = 1;
  int n_repeats = 1;
  std::vector<int> prefills;                 // n_seq
  std::vector<std::pair<int, int>> decodes;  // how many, n_past
};

int likeliest(const Matrix& logits) {
  return argmax({logits.data(), static_cast<size_t>(logits.cols())});
}

// Rates of multiplying, each the median of its measurements; null where the CPU lacks them.
class MultiplyRates {
 public:
  void measure() {
    keep("fma_f32", peak_fma_rate());
    keep("dot_bf16", bf16_dot_rate());
    keep("dot_int8", int8_dot_rate());
    keep("amx_bf16", bf16_amx_rate());
    keep("amx_int8", int8_amx_rate());
  }

  Json json() const {
    Json json;
    for (const auto& [name, found] : found_) {
      json[name] = found.empty() ? Json() : Json(median(found));
    }
    return json;
  }

 private:
  void keep(const std::string& name, std::optional<double> rate) {
    std::vector<double>& found = found_[name];
    if (rate) found.push_back(*rate);
  }

  std::map<std::string, std::vector<double>> found_;
};

Json prefill(const Params& params, KvCache& cache, int n, int n_repeats) {
  prefill_seconds(params, cache, n);  // the first pass of a length takes memory from the system
  std::vector<double> seconds;
  MultiplyRates rates;
  for (int i = 0; i < n_repeats; ++i) {
    seconds.push_back(prefill_seconds(params, cache, n));
    rates.measure();
  }
  return {{"n", n}, {"seconds", median(seconds)}, {"limits", rates.json()}};
}

// Of n tokens after n_past others; after every n_between of them the weights are only read.
double decode_seconds(const Params& params, KvCache& cache, int n, int n_past, int n_between,
                      ReadBandwidth& bandwidth) {
  cache.truncate(0);
  int id = likeliest(gpt2(some_ids(n_past, params.hparams.n_vocab), params, cache));
  double seconds = 0;
  for (int i = 0; i < n; i += n_between) {
    seconds += seconds_of([&] {
      for (int j = i; j < std::min(i + n_between, n); ++j) {
        id = likeliest(gpt2({&id, 1}, params, cache));
      }
    });
    bandwidth.measure();
  }
  return seconds;
}

Json decode(const Params& params, KvCache& cache, int n, int n_past, int n_repeats) {
  const int n_between = (n + 15) / 16;
  std::vector<std::pair<double, double>> runs;  // seconds, and the bandwidth in turns with them
  for (int i = 0; i < n_repeats; ++i) {
    ReadBandwidth bandwidth(params.storage);
    const double seconds = decode_seconds(params, cache, n, n_past, n_between, bandwidth);
    runs.emplace_back(seconds, bandwidth.best_mean());
  }
  const auto middle = runs.begin() + n_repeats / 2;
  std::nth_element(runs.begin(), middle, runs.end());
  return {{"n", n},
          {"n_past", n_past},
          {"seconds", middle->first},
          {"limits", {{"read", middle->second}}}};
}

double peak_memory() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

Json measure(const Arguments& arguments) {
  set_n_threads(arguments.n_threads);
  Params params;
  const double load_seconds =
      seconds_of([&] { params = load_params(find_model_files(arguments.model), arguments.type); });
  KvCache cache(params);
  prefill_seconds(params, cache, 16);  // pages and threads are there
  Json json = {{"model", arguments.model},       {"dtype", weight_type_name(arguments.type)},
               {"threads", arguments.n_threads}, {"load_seconds", load_seconds},
               {"prefill", Json::array()},       {"decode", Json::array()}};
  for (const int n : arguments.prefills) {
    json["prefill"].push_back(prefill(params, cache, n, arguments.n_repeats));
  }
  for (const auto& [n, n_past] : arguments.decodes) {
    json["decode"].push_back(decode(params, cache, n, n_past, arguments.n_repeats));
  }
  json["peak_memory_bytes"] = peak_memory();
  return json;
}

std::map<std::string, WeightType> weight_types() {
  std::map<std::string, WeightType> types;
  for (const WeightType type : kWeightTypes) types[weight_type_name(type)] = type;
  return types;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures prefill and decode of a model.");
  app.add_option("--model", arguments.model, "the model, of any format")->required();
  app.add_option("--dtype", arguments.type, "how weights are kept: f32, bf16, int8 or int4")
      ->transform(CLI::CheckedTransformer(weight_types()));
  add_threads(app, arguments.n_threads);
  app.add_option("--repeats", arguments.n_repeats, "passes of each kind; the median counts")
      ->check(CLI::Range(1, 1000));
  app.add_option("--prefill", arguments.prefills, "N: a pass over N tokens; repeatable")
      ->check(CLI::PositiveNumber);
  app.add_option("--decode", arguments.decodes, "N,PAST: N tokens after PAST; repeatable")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  return print_measured("throughput", app, argc, argv, -1, [&] { return measure(arguments); });
}

}  // namespace
}  // namespace gpt2run

int main(int argc, char** argv) {
  return gpt2run::run(argc, argv);
}
