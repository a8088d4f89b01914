#include <cblas.h>

#include <string>

#include "engine/kernels/many_rows.h"
#include "engine/weight.h"

namespace gpt2run {

// Each of our threads multiplies a panel of its own: the library's would only be in their way, and
// how they share a product changes its bits. Where they are OpenMP's, each thread has a number of
// its own to set; else it is the process's, set before the first product.
MultiplyManyRows many_rows_library() {
  return [](const float* x, int n_rows, const float* panel, int n_in, float* sums) {
    if (openblas_get_parallel() == OPENBLAS_OPENMP) {
      [[maybe_unused]] thread_local const bool once = (openblas_set_num_threads(1), true);
    } else {
      [[maybe_unused]] static const bool once = (openblas_set_num_threads(1), true);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n_rows, kPanelCols, n_in, 1.0f, x, n_in,
                panel, kPanelCols, 0.0f, sums, kPanelCols);
  };
}

const char* many_rows_name() {
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  static const std::string name = [] {
    const std::string config = openblas_get_config();
    return config.substr(0, config.find(' ', config.find(' ') + 1));
  }();
  return name.c_str();
}

}  // namespace gpt2run
