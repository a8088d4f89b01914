#pragma once

#include <omp.h>

#include <exception>

namespace gpt2run {

// How many threads every pool of the engine uses: OpenMP's, OpenBLAS's. Process-wide; until it is
// called, OMP_NUM_THREADS or the number of processors this process may run on. OpenBLAS and oneDNN
// never get more than there are processors. Requires: n_threads >= 1.
void set_n_threads(int n_threads);
int n_threads();

// Brings OpenMP's count for the calling thread, which OpenBLAS follows, to n_threads().
void apply_n_threads();

// Below about this many arithmetic operations one thread is done before a second has woken up.
inline constexpr double kMinParallelWork = 200000;

// Calls body(i) for each i in [0, n), on several threads if it pays. The first exception that a
// call throws is thrown again here, once all have ended.
//   work  a rough count of the arithmetic operations of all calls together
template <class Body>
void parallel_for(int n, double work, const Body& body) {
  std::exception_ptr error;
#pragma omp parallel for schedule(static) \
    num_threads(n_threads()) if (n > 1 && work >= kMinParallelWork)
  for (int i = 0; i < n; ++i) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

// For --version.
const char* openblas_version();    // "0.3.21"
const char* openblas_core_name();  // the kernels that OpenBLAS picked for this CPU: "SkylakeX"
const char* eigen_version();       // "3.4.0"

}  // namespace gpt2run
