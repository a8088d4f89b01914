#pragma once

#include <string>

namespace gpt2run {

// The libraries that a build can do without, for --version: a line each, its version or what
// cannot be read without it.
std::string optional_libraries_text();

}  // namespace gpt2run
