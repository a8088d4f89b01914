#include "engine/threads.h"

#include <cblas.h>

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <cassert>
#include <string>

#define GPT2RUN_STRING(text) #text
#define GPT2RUN_VALUE_STRING(macro) GPT2RUN_STRING(macro)

namespace gpt2run {
namespace {

std::atomic<int>& thread_count() {
  static std::atomic<int> count{omp_get_max_threads()};
  return count;
}

// OpenBLAS has a work space for each thread, and where it gets no memory for one it asks for ever;
// more threads than processors would only slow it down.
int n_blas_threads() {
  return std::min(n_threads(), omp_get_num_procs());
}

}  // namespace

void set_n_threads(int n_threads) {
  assert(n_threads >= 1);
  thread_count() = n_threads;
  apply_n_threads();
  // The OpenMP build follows OpenMP's count.
  if (openblas_get_parallel() != OPENBLAS_OPENMP) openblas_set_num_threads(n_blas_threads());
}

int n_threads() {
  return thread_count();
}

void apply_n_threads() {
  if (omp_get_max_threads() != n_blas_threads()) omp_set_num_threads(n_blas_threads());
}

const char* openblas_version() {
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  static const std::string version = [] {
    const std::string config = openblas_get_config();
    const size_t begin = config.find(' ') + 1;
    return config.substr(begin, config.find(' ', begin) - begin);
  }();
  return version.c_str();
}

const char* openblas_core_name() {
  return openblas_get_corename();
}

const char* eigen_version() {
  return GPT2RUN_VALUE_STRING(EIGEN_WORLD_VERSION) "." GPT2RUN_VALUE_STRING(
      EIGEN_MAJOR_VERSION) "." GPT2RUN_VALUE_STRING(EIGEN_MINOR_VERSION);
}

}  // namespace gpt2run
