#include "tools/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/printable.h"
#include "tools/command_flags.h"
#include "tools/exit_code.h"
#include "tools/help_text.h"

namespace gpt2run {
namespace {

// CLI11's help with our own usage lines.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(const char* usage) : usage_(usage) { column_width(24); }
  std::string make_usage(const CLI::App*, std::string) const override {
    return std::string("\n") + usage_;
  }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    return CLI::detail::find_and_replace(text, "\n\n\n", "\n\n");
  }

 private:
  const char* usage_;
};

void set_help(CLI::App& app, const char* usage, const char* examples) {
  app.formatter(std::make_shared<HelpFormatter>(usage));
  app.footer(exit_code_help() + "\n" + examples);
  app.set_help_flag("-h,--help", "print this and exit")->group("Help");
}

// Whether that is a flag, of any command, that has a value.
bool takes_value(const std::string& flag, const std::vector<const CLI::App*>& commands) {
  if (!flag.starts_with("-")) return false;
  return std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) {
    const CLI::Option* option = command->get_option_no_throw(flag);
    return option != nullptr && option->get_items_expected_max() > 0;
  });
}

// The arguments as CLI11 wants them: last one first, without the program's name. "--prompt="
// becomes two, for CLI11 takes an empty value for a missing one, and the next argument in its
// place. What stands as the value of the flag before it is left as it is.
std::vector<std::string> reversed_arguments(int argc, const char* const* argv,
                                            const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string name = argument.substr(0, argument.find('='));
    const bool is_flag = takes_value(name, commands);
    if (is_flag && name.starts_with("--") && name.size() + 1 == argument.size()) {
      arguments.insert(arguments.end(), {name, ""});
      continue;
    }
    arguments.push_back(argument);
    if (is_flag && name == argument && i + 1 < argc) arguments.emplace_back(argv[++i]);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

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
  CLI::App& tokenize = *app.add_subcommand("tokenize", "text to token ids, and back");
  CLI::App& logits = *app.add_subcommand("logits", "what the model computes for each position");
  add_generate_flags(app, line);
  add_tokenize_flags(tokenize, line);
  add_logits_flags(logits, line);
  bool version = false;
  app.add_flag("--version", version, "print the versions of gpt2run, Eigen and OpenBLAS, and exit")
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
