#include <dnnl.h>
#include <omp.h>

#include <string>

#include "engine/kernels/many_rows.h"
#include "engine/weight.h"

namespace gpt2run {

MultiplyManyRows many_rows_library() {
  return [](const float* x, int n_rows, const float* panel, int n_in, float* sums) {
    // Each of our threads multiplies a panel of its own: OpenMP's would only be in their way.
    [[maybe_unused]] thread_local const bool once = (omp_set_num_threads(1), true);
    dnnl_sgemm('N', 'N', n_rows, kPanelCols, n_in, 1.0f, x, n_in, panel, kPanelCols, 0.0f, sums,
               kPanelCols);
  };
}

const char* many_rows_name() {
  static const std::string name = [] {
    const dnnl_version_t* version = dnnl_version();
    return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }();
  return name.c_str();
}

}  // namespace gpt2run
