#include "support/gpt2run_program.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "support/test_data.h"

namespace gpt2run {

namespace {

// Threads that wait by spinning take the processor from those they wait for where tests run side
// by side: a run of 0.1 s then takes 10 s.
constexpr const char* kNoSpinning = "OMP_WAIT_POLICY=passive";

}  // namespace

ProgramResult run_gpt2run(const std::vector<std::string>& arguments, const std::string& input,
                          const std::vector<std::string>& environment) {
  std::vector<std::string> command = {program("gpt2run")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  variables.emplace_back(kNoSpinning);
  return run_program(command, input, variables);
}

ProgramResult run_gpt2run_in_shell(const std::string& script) {
  return run_program({"/bin/sh", "-c", script, program("gpt2run")}, "", {kNoSpinning});
}

void expect_error(const ProgramResult& result, int exit_code,
                  const std::vector<std::string>& words) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("gpt2run: ")) << result.err;
  for (const std::string& word : words) {
    EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
  }
}

TerminalResult run_gpt2run_on_terminal(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& environment) {
  std::vector<std::string> command = {program("gpt2run")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& argument : command) pointers.push_back(argument.data());
  pointers.push_back(nullptr);

  int terminal = -1;
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid < 0) throw std::runtime_error("no terminal");
  if (pid == 0) {
    ::putenv(const_cast<char*>(kNoSpinning));
    for (const std::string& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  TerminalResult result;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t n = ::read(terminal, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;  // EIO once the program has ended
    result.shown.append(buffer.data(), static_cast<size_t>(n));
  }
  ::close(terminal);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace gpt2run
