#pragma once

#include <string>
#include <vector>

#include "support/run_program.h"

namespace gpt2run {

// Runs gpt2run of this build with these arguments.
ProgramResult run_gpt2run(const std::vector<std::string>& arguments, const std::string& input = "",
                          const std::vector<std::string>& environment = {});

// The same through `sh -c`, for redirections and limits; the script calls it "$0".
ProgramResult run_gpt2run_in_shell(const std::string& script);

// Expects that code, nothing on stdout, and one line on stderr that holds all of the words.
void expect_error(const ProgramResult& result, int exit_code,
                  const std::vector<std::string>& words);

// What a program on a terminal of its own (stdin, stdout and stderr) showed, with its exit code.
struct TerminalResult {
  int exit_code = -1;
  std::string shown;
};
TerminalResult run_gpt2run_on_terminal(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& environment = {});

}  // namespace gpt2run
