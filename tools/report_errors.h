#pragma once

#include <functional>

namespace gpt2run {

// Runs a program's body and returns its exit code. Whatever it throws becomes one message on stderr
// and the code that exit_code.h gives it.
int report_errors(const std::function<int()>& body);

}  // namespace gpt2run
