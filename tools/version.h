#pragma once

#include <string>

namespace gpt2run {

// What `gpt2run --version` prints: its version, Eigen's, the instruction set of the kernels, what
// multiplies many rows, the optional libraries or that this build has not got them, and the number
// of threads. Errors: std::invalid_argument if GPT2RUN_ISA names none that is here.
std::string version_text();

}  // namespace gpt2run
