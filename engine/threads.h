#pragma once

namespace gpt2run {

// How many threads every pool of the engine uses: OpenMP's, OpenBLAS's. Process-wide; until it is
// called, the number of processors this process may run on.
// Requires: n_threads >= 1.
void set_n_threads(int n_threads);
int n_threads();

// For --version.
const char* openblas_version();    // "0.3.21"
const char* openblas_core_name();  // the kernels that OpenBLAS picked for this CPU: "SkylakeX"
const char* eigen_version();       // "3.4.0"

}  // namespace gpt2run
