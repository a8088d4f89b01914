#pragma once

#include <string>

namespace gpt2run {

// What --version prints: this program's version, Eigen's, OpenBLAS's with the kernels it picked for
// this CPU, and the number of threads.
std::string version_text();

}  // namespace gpt2run
