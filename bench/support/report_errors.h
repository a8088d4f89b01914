#pragma once

#include <exception>
#include <iostream>

namespace gpt2run {

// What run() returns; after an exception 1, with "NAME: what is wrong" on stderr.
template <class Run>
int report_errors(const char* name, const Run& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << "\n";
    return 1;
  }
}

}  // namespace gpt2run
