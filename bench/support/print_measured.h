#pragma once

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

namespace gpt2run {

//   n_threads  what the flag is to set
inline void add_threads(CLI::App& app, int& n_threads) {
  app.add_option("--threads", n_threads, "threads to compute with")->check(CLI::Range(1, 1024));
}

// What a program does that prints what it measures: reads the flags, then prints measure(), a JSON
// object.
//   name     the program's, for messages
//   indent   of each level; -1: all in one line
//   returns  the exit code: CLI11's after a wrong flag or --help; 1 after an exception, with what
//            is wrong on stderr
template <class Measure>
int print_measured(const char* name, CLI::App& app, int argc, char** argv, int indent,
                   const Measure& measure) {
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << measure().dump(indent) << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << "\n";
    return 1;
  }
}

}  // namespace gpt2run
