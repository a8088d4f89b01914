#pragma once

#include <stdexcept>
#include <string>

#include "base/error.h"

namespace gpt2run {

// A command line that cannot be carried out. what() is one line for a person.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitRuntime = 1;
inline constexpr int kExitUsage = 2;

// The code that the program ends with after an error of that kind.
int exit_code(ErrorKind kind);

// All codes with their meaning, a line each, for --help.
std::string exit_code_help();

}  // namespace gpt2run
