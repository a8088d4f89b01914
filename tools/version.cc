#include "tools/version.h"

#include "engine/kernels/product.h"
#include "engine/threads.h"

namespace gpt2run {

std::string version_text() {
  const std::string onednn = onednn_version();
  return std::string("gpt2run ") + GPT2RUN_VERSION + "\nEigen " + eigen_version() + "\nOpenBLAS " +
         openblas_version() + ", core " + openblas_core_name() +
         (onednn.empty() ? "" : "\noneDNN " + onednn) + "\nthreads " + std::to_string(n_threads()) +
         "\n";
}

}  // namespace gpt2run
