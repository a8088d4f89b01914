#pragma once

#include <string>
#include <vector>

namespace gpt2run {

// Runs a program to its end, its stdout thrown away. Returns whether it went well.
//   command  the program's path and its arguments
bool run_program(std::vector<std::string> command);

}  // namespace gpt2run
