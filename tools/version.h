#pragma once

#include <string>

namespace gpt2run {

// What `gpt2run --version` prints: its version, Eigen's, OpenBLAS's with the kernels it picked for
// this CPU, those of the optional libraries, or that this build has not got them, and the number of
// threads.
std::string version_text();

}  // namespace gpt2run
