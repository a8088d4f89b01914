#include "tools/version.h"

#include "engine/kernels/product.h"
#include "engine/threads.h"
#include "tools/optional_libraries.h"

namespace gpt2run {

std::string version_text() {
  const std::string onednn = onednn_version();
  return std::string("gpt2run ") + GPT2RUN_VERSION + "\nEigen " + eigen_version() + "\nOpenBLAS " +
         openblas_version() + ", core " + openblas_core_name() + "\n" +
         (onednn.empty() ? "oneDNN: not in this build, OpenBLAS stands in" : "oneDNN " + onednn) +
         "\n" + optional_libraries_text() + "threads " + std::to_string(n_threads()) + "\n";
}

}  // namespace gpt2run
