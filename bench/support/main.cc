#include <benchmark/benchmark.h>

#include <string>

#include "base/threads.h"
#include "engine/kernels/isa.h"

// Google Benchmark's own main, with what one must know of the machine added to the JSON's context.
int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("threads", std::to_string(gpt2run::n_threads()));
  benchmark::AddCustomContext("kernels", gpt2run::isa_name(gpt2run::chosen_isa()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
