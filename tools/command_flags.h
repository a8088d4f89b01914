#pragma once

#include <CLI/CLI.hpp>

#include "tools/command_line.h"

namespace gpt2run {

// The flags of each command: name, value, meaning, default. Their values land in command_line,
// which outlives the parsing. Parsing throws UsageError for a value that is not allowed.
void add_generate_flags(CLI::App& app, CommandLine& command_line);
void add_tokenize_flags(CLI::App& app, CommandLine& command_line);
void add_logits_flags(CLI::App& app, CommandLine& command_line);

}  // namespace gpt2run
