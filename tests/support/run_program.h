#pragma once

#include <string>
#include <vector>

namespace gpt2run {

struct ProgramResult {
  int exit_code = -1;  // -1: a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// Runs a program to its end.
//   command      the program's path and its arguments; no shell
//   input        its stdin
//   environment  "NAME=value" entries added to this process's
ProgramResult run_program(const std::vector<std::string>& command, const std::string& input = "",
                          const std::vector<std::string>& environment = {});

}  // namespace gpt2run
