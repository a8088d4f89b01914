#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace gpt2run {

// A command of gpt2ckpt.
struct CkptCommand {
  const char* name;
  const char* description;
  const char* usage;     // the lines above the flags in its --help
  const char* examples;  // and below them

  // Declares its flags, whose values belong to what it returns: the command itself, which is called
  // once they are parsed and returns the exit code.
  std::function<int()> (*add)(CLI::App& app);
};

// Runs the command line: parses it and does what it asks for.
// Errors: UsageError; what the command throws.
int run_gpt2ckpt(int argc, const char* const* argv);

}  // namespace gpt2run
