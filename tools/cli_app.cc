#include "tools/cli_app.h"

#include <algorithm>
#include <memory>

#include "tools/exit_code.h"

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

// Whether that is a flag, of any command, that has a value.
bool takes_value(const std::string& flag, const std::vector<const CLI::App*>& commands) {
  if (!flag.starts_with("-")) return false;
  return std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) {
    const CLI::Option* option = command->get_option_no_throw(flag);
    return option != nullptr && option->get_items_expected_max() > 0;
  });
}

}  // namespace

void set_help(CLI::App& app, const char* usage, const char* examples) {
  app.formatter(std::make_shared<HelpFormatter>(usage));
  app.footer(exit_code_help() + "\n" + examples);
  app.set_help_flag("-h,--help", "print this and exit")->group("Help");
}

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

}  // namespace gpt2run
