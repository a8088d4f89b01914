#include "tools/command_line.h"

#include <CLI/CLI.hpp>

#include "base/printable.h"
#include "tools/cli_app.h"
#include "tools/command_flags.h"
#include "tools/exit_code.h"
#include "tools/help_text.h"

namespace gpt2run {
namespace {

// A flag before the command's name would be read and then ignored.
void refuse_flags_before(const CLI::App& command, const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0) continue;
    throw UsageError(option->get_name() + ": flags of " + command.get_name() +
                     " stand after its name");
  }
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  using Command = CommandLine::Command;
  CommandLine line;
  CLI::App app("Continues a text with a GPT-2 model, on the CPU.", "gpt2run");
  app.require_subcommand(0, 1);
  CLI::App& tokenize = *app.add_subcommand("tokenize", "Turns text into token ids, and back.");
  CLI::App& logits = *app.add_subcommand(
      "logits", "Writes what the model computes for each position, or compares it.");
  add_generate_flags(app, line);
  add_tokenize_flags(tokenize, line);
  add_logits_flags(logits, line);
  bool version = false;
  app.add_flag("--version", version, "print the versions of gpt2run and its libraries, and exit")
      ->group("Help");
  set_help(app, kGenerateUsage, kGenerateExamples);
  set_help(tokenize, kTokenizeUsage, kTokenizeExamples);
  set_help(logits, kLogitsUsage, kLogitsExamples);

  try {
    app.parse(reversed_arguments(argc, argv, {&app, &tokenize, &logits}));
  } catch (const CLI::CallForHelp&) {
    line.command = Command::kHelp;
    line.help = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(printable(error.what()));
  }
  if (version) line.command = Command::kVersion;
  for (const CLI::App* command : app.get_subcommands()) {
    refuse_flags_before(*command, app);
    line.command = command == &tokenize ? Command::kTokenize : Command::kLogits;
  }
  return line;
}

}  // namespace gpt2run
