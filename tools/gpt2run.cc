// The way through gpt2run is cmd_generate(): load, encode, generate, decode.
#include <stdexcept>

#include "base/printable.h"
#include "base/threads.h"
#include "engine/kernels/isa.h"
#include "tools/cmd_generate.h"
#include "tools/cmd_logits.h"
#include "tools/cmd_tokenize.h"
#include "tools/command_line.h"
#include "tools/exit_code.h"
#include "tools/report_errors.h"
#include "tools/standard_streams.h"
#include "tools/version.h"

namespace {

// A wrong GPT2RUN_ISA is told before a model is loaded.
void check_isa() {
  try {
    gpt2run::chosen_isa();
  } catch (const std::invalid_argument& error) {
    throw gpt2run::UsageError(gpt2run::printable(error.what()));
  }
}

int run(const gpt2run::CommandLine& line) {
  using Command = gpt2run::CommandLine::Command;
  if (line.command != Command::kHelp && line.command != Command::kTokenize) check_isa();
  if (line.n_threads > 0) gpt2run::set_n_threads(line.n_threads);
  switch (line.command) {
    case Command::kGenerate:
      return gpt2run::cmd_generate(line.generate);
    case Command::kTokenize:
      return gpt2run::cmd_tokenize(line.tokenize);
    case Command::kLogits:
      return gpt2run::cmd_logits(line.logits);
    case Command::kHelp:
      gpt2run::write_stdout(line.help);
      break;
    case Command::kVersion:
      gpt2run::write_stdout(gpt2run::version_text());
      break;
  }
  return gpt2run::kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  gpt2run::open_missing_standard_streams();
  return gpt2run::report_errors([&] { return run(gpt2run::parse_command_line(argc, argv)); });
}
