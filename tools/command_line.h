#pragma once

#include <string>

#include "tools/cmd_generate.h"
#include "tools/cmd_logits.h"
#include "tools/cmd_tokenize.h"

namespace gpt2run {

// What a command line asks for. The arguments of the chosen command are filled in.
struct CommandLine {
  enum class Command { kGenerate, kTokenize, kLogits, kHelp, kVersion };
  Command command = Command::kGenerate;
  std::string help;   // the text, for kHelp
  int n_threads = 0;  // 0: as many as there are processors
  GenerateArguments generate;
  TokenizeArguments tokenize;
  LogitsArguments logits;
};

// Errors: UsageError.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace gpt2run
