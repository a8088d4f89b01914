#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace gpt2run {

// What both programs do with CLI11.

// Gives an app -h, and a help text with our own usage lines above the list of flags, the exit codes
// and examples below it.
void set_help(CLI::App& app, const char* usage, const char* examples);

// The arguments as CLI11 wants them: last one first, without the program's name. "--prompt="
// becomes two, for CLI11 takes an empty value for a missing one, and the next argument in its
// place. What stands as the value of the flag before it is left as it is.
//   commands  the app and its commands, whose flags are known
std::vector<std::string> reversed_arguments(int argc, const char* const* argv,
                                            const std::vector<const CLI::App*>& commands);

}  // namespace gpt2run
