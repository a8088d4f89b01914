#include <benchmark/benchmark.h>

#include <string>

#include "engine/threads.h"

// Google Benchmark's own main, with what one must know of the machine added to the JSON's context.
int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("threads", std::to_string(gpt2run::n_threads()));
  benchmark::AddCustomContext(
      "openblas", std::string(gpt2run::openblas_version()) + " " + gpt2run::openblas_core_name());
  benchmark::AddCustomContext("eigen", gpt2run::eigen_version());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
