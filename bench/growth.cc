// Measures how the cost of GPT-2 grows, and prints it as JSON for growth.py to draw: decode against
// context, prefill against length, throughput against batch (all of 124M's shape), and the four
// released shapes. Weights are made up in memory. The machine's limits are measured between the
// passes of each point; their medians say what it could take at least.
//   growth --dtype f32,int8 --threads 2 > growth.json

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "engine/batch.h"
#include "engine/gpt2.h"
#include "engine/kernels/isa.h"
#include "loader/random_source.h"
#include "support/costs.h"
#include "support/filled_params.h"
#include "support/limits.h"
#include "support/passes.h"
#include "support/print_measured.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kShapes = {"124M", "355M", "774M", "1558M"};

struct Arguments {
  std::vector<std::string> types = {"f32", "bf16", "int8", "int4"};
  std::vector<std::string> shapes = kShapes;
  int n_threads = 1;
  int n_repeats = 3;
};

// A place on the axis of a series ("512", "124M"): seconds of a pass, and the least that its bytes
// and its operations take.
struct Point {
  std::string name;
  double seconds, seconds_of_reading, seconds_of_multiplying;
};

// The limits while passes over a model are measured, in turns with them.
class Limits {
 public:
  explicit Limits(const Params& params) : type_(params.type), bandwidth_(params.storage) {}

  // Weights of the smaller types may be multiplied as bfloat16, and as bytes.
  void measure() {
    bandwidth_.measure();
    double rate = peak_fma_rate();
    if (type_ != WeightType::kFloat32) {
      rate = std::max({rate, bf16_dot_rate().value_or(0), bf16_amx_rate().value_or(0)});
    }
    if (!is_float(type_)) {
      rate = std::max({rate, int8_dot_rate().value_or(0), int8_amx_rate().value_or(0)});
    }
    rates_.push_back(rate);
  }

  double bandwidth() const { return bandwidth_.best_median(); }
  double rate() const { return median(rates_); }

 private:
  WeightType type_;
  ReadBandwidth bandwidth_;  // over the weights
  std::vector<double> rates_;
};

// Points of one kind, each with the limits of its own minute.
class Series {
 public:
  Series(const Params& params, int n_repeats) : params_(params), n_repeats_(n_repeats) {}

  // The median of passes that pass() times.
  void measure(const std::string& name, double bytes, double operations,
               const std::function<double()>& pass) {
    std::vector<double> seconds;
    Limits limits(params_);
    for (int i = 0; i < n_repeats_; ++i) {
      seconds.push_back(pass());
      limits.measure();
    }
    points_.push_back(
        {name, median(seconds), bytes / limits.bandwidth(), operations / limits.rate()});
  }

  Json json() const {
    Json points = Json::array();
    for (const Point& point : points_) {
      points.push_back({{"at", point.name},
                        {"seconds", point.seconds},
                        {"seconds_of_reading", point.seconds_of_reading},
                        {"seconds_of_multiplying", point.seconds_of_multiplying}});
    }
    return {{"points", points}};
  }

 private:
  const Params& params_;
  int n_repeats_;
  std::vector<Point> points_;
};

// A pass over one token behind the first n_past of the cache.
double decode_seconds(const Params& params, KvCache& cache, int n_past) {
  cache.truncate(n_past);
  const int id = 1;
  return seconds_of([&] { gpt2({&id, 1}, params, cache); });
}

void measure_decode(const std::string& name, const Params& params, KvCache& cache, int n_past,
                    Series& series) {
  const double bytes = weight_bytes(params) + cache_bytes(params, n_past + 1);
  series.measure(name, bytes, pass_operations(params.hparams, 1, n_past),
                 [&] { return decode_seconds(params, cache, n_past); });
}

void measure_prefill(const std::string& name, const Params& params, KvCache& cache, int n,
                     Series& series) {
  const double bytes = weight_bytes(params) + cache_bytes(params, n);
  series.measure(name, bytes, pass_operations(params.hparams, n, 0),
                 [&] { return prefill_seconds(params, cache, n); });
}

Json against_context(const Params& params, int n_repeats) {
  Series series(params, 3 * n_repeats);
  KvCache cache(params);
  // The token that is decoded counts: the last point is that of the last token there is room for.
  for (const int context : {1, 128, 256, 384, 512, 640, 768, 896, 1024}) {
    prefill_seconds(params, cache, context);
    measure_decode(std::to_string(context), params, cache, context - 1, series);
  }
  return series.json();
}

Json against_length(const Params& params, int n_repeats) {
  Series series(params, n_repeats);
  KvCache cache(params);
  prefill_seconds(params, cache, params.hparams.n_ctx);
  for (const int n : {1, 8, 16, 32, 64, 128, 256, 512, 768, 1024}) {
    measure_prefill(std::to_string(n), params, cache, n, series);
  }
  return series.json();
}

constexpr int kBatchPast = 64;  // tokens of each sequence

Json against_batch(const Params& params, int n_repeats) {
  Series series(params, 3 * n_repeats);
  std::vector<KvCache> caches;
  for (const int n_batch : {1, 2, 4, 8, 12, 16}) {
    while (static_cast<int>(caches.size()) < n_batch) {
      prefill_seconds(params, caches.emplace_back(params), kBatchPast);
    }
    std::vector<KvCache*> pointers;
    for (KvCache& cache : caches) pointers.push_back(&cache);
    const std::vector<int> ids = some_ids(n_batch, params.hparams.n_vocab);
    const double bytes = weight_bytes(params) + n_batch * cache_bytes(params, kBatchPast + 1);
    const double operations = n_batch * pass_operations(params.hparams, 1, kBatchPast);
    series.measure(std::to_string(n_batch), bytes, operations, [&] {
      for (KvCache& cache : caches) cache.truncate(kBatchPast);
      return seconds_of([&] { gpt2_batch(ids, params, pointers); });
    });
  }
  return series.json();
}

constexpr int kShapePrefill = 128;

// Of one shape: a decode step after so many tokens, and their prefill.
std::pair<Json, Json> of_shape(const std::string& shape, const Params& params, int n_repeats) {
  Series decode(params, 3 * n_repeats), prefill(params, n_repeats);
  KvCache cache(params);
  prefill_seconds(params, cache, kShapePrefill);
  measure_prefill(shape, params, cache, kShapePrefill, prefill);
  measure_decode(shape, params, cache, kShapePrefill, decode);
  return {decode.json(), prefill.json()};
}

// Series of several shapes as one.
void append(const Json& series, Json& all) {
  if (all.is_null()) {
    all = series;
    return;
  }
  all["points"].push_back(series["points"][0]);
}

Json measure(WeightType type, const Arguments& arguments) {
  Json found, decode, prefill;
  for (const std::string& shape : arguments.shapes) {
    std::cerr << weight_type_name(type) << ", " << shape << " ...\n";
    const Params params = filled_params(*named_shape(shape), type);
    if (shape == "124M") {
      found["context"] = against_context(params, arguments.n_repeats);
      found["length"] = against_length(params, arguments.n_repeats);
      found["batch"] = against_batch(params, arguments.n_repeats);
    }
    const auto [decode_of_shape, prefill_of_shape] = of_shape(shape, params, arguments.n_repeats);
    append(decode_of_shape, decode);
    append(prefill_of_shape, prefill);
  }
  found["shape_decode"] = decode;
  found["shape_prefill"] = prefill;
  return found;
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "a CPU without a name";
}

Json measure_all(const Arguments& arguments) {
  set_n_threads(arguments.n_threads);
  Json json = {{"cpu", cpu_name()},
               {"kernels", isa_name(chosen_isa())},
               {"threads", arguments.n_threads},
               {"batch_context", kBatchPast},
               {"shape_tokens", kShapePrefill}};
  for (const std::string& type : arguments.types) {
    json["types"][type] = measure(*find_weight_type(type), arguments);
  }
  return json;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures how GPT-2's cost grows.");
  app.add_option("--dtype", arguments.types, "how weights are kept: f32, bf16, int8, int4")
      ->delimiter(',')
      ->check(CLI::IsMember(arguments.types));
  app.add_option("--shapes", arguments.shapes, "124M, which the series are of, and others")
      ->delimiter(',')
      ->check(CLI::IsMember(kShapes));
  add_threads(app, arguments.n_threads);
  app.add_option("--repeats", arguments.n_repeats, "passes of each kind; the median counts")
      ->check(CLI::Range(1, 1000));
  return print_measured("growth", app, argc, argv, 1, [&] { return measure_all(arguments); });
}

}  // namespace
}  // namespace gpt2run

int main(int argc, char** argv) {
  return gpt2run::run(argc, argv);
}
