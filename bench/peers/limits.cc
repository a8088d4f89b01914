// Prints what this machine can do at most, as one JSON object: rates of arithmetic in operations a
// second, the read bandwidth over each of the sizes asked for in bytes a second, and the seconds
// that reading each of the files takes.
//   limits --threads 2 --read 500000000 --file model.gguf

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/threads.h"
#include "support/limits.h"
#include "support/print_measured.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  int n_threads = 1;
  std::vector<size_t> sizes;
  std::vector<std::string> files;
};

Json or_null(std::optional<double> value) {
  return value ? Json(*value) : Json();
}

Json measure(const Arguments& arguments) {
  set_n_threads(arguments.n_threads);
  Json json;
  json["threads"] = arguments.n_threads;
  json["fma_f32"] = peak_fma_rate();
  json["dot_bf16"] = or_null(bf16_dot_rate());
  json["dot_int8"] = or_null(int8_dot_rate());
  json["amx_bf16"] = or_null(bf16_amx_rate());
  json["amx_int8"] = or_null(int8_amx_rate());
  json["read"] = Json::object();
  for (const size_t size : arguments.sizes) {
    json["read"][std::to_string(size)] = read_bandwidth(size);
  }
  json["file"] = Json::object();
  for (const std::string& file : arguments.files) json["file"][file] = file_read_seconds(file);
  return json;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures this machine's limits.");
  add_threads(app, arguments.n_threads);
  app.add_option("--read", arguments.sizes, "bytes to read again and again; repeatable")
      ->check(CLI::Range(size_t{64} << 10, size_t{1} << 40));
  app.add_option("--file", arguments.files, "a file to read into fresh memory; repeatable");
  return print_measured("limits", app, argc, argv, -1, [&] { return measure(arguments); });
}

}  // namespace
}  // namespace gpt2run

int main(int argc, char** argv) {
  return gpt2run::run(argc, argv);
}
