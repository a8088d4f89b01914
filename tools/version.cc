#include "tools/version.h"

#include "engine/threads.h"

namespace gpt2run {

std::string version_text() {
  return std::string("gpt2run ") + GPT2RUN_VERSION + "\nEigen " + eigen_version() + "\nOpenBLAS " +
         openblas_version() + ", core " + openblas_core_name() + "\nthreads " +
         std::to_string(n_threads()) + "\n";
}

}  // namespace gpt2run
