// Prints how long reading a file into fresh memory in huge pages takes, as one JSON object: the
// least that starting from it could take.
//   file_read --threads 2 model.safetensors

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "base/threads.h"
#include "support/limits.h"
#include "support/print_measured.h"

namespace gpt2run {
namespace {

int run(int argc, char** argv) {
  int n_threads = 1;
  std::string file;
  CLI::App app("Measures reading a file.");
  add_threads(app, n_threads);
  app.add_option("file", file)->required();
  return print_measured("file_read", app, argc, argv, -1, [&] {
    set_n_threads(n_threads);
    return nlohmann::ordered_json{{"threads", n_threads}, {"seconds", file_read_seconds(file)}};
  });
}

}  // namespace
}  // namespace gpt2run

int main(int argc, char** argv) {
  return gpt2run::run(argc, argv);
}
