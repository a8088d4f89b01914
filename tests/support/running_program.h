#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/run_program.h"

namespace gpt2run {

// A program that runs beside the test, its stdin, stdout and stderr /dev/null.
class RunningProgram {
 public:
  explicit RunningProgram(std::vector<std::string> command);
  ~RunningProgram();  // kills it if it still runs
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send(int signal) const;
  bool is_running();

  // Waits for its end; exit code and signal only.
  ProgramResult wait();

 private:
  pid_t pid_ = -1;
  bool has_ended_ = false;
  int status_ = 0;
};

}  // namespace gpt2run
