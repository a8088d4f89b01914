#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/open_model.h"

namespace gpt2run {

// How the commands of both programs declare their flags. Parsing throws UsageError for a value that
// is not allowed.

// A flag with one value, parsed by `parse` (which throws UsageError) into `target`.
template <class Target, class Parse>
CLI::Option* add_value(CLI::App& app, const std::string& names, const std::string& type,
                       Target& target, const Parse& parse, const std::string& description) {
  const std::string flag = names.substr(names.rfind(',') + 1);  // the long name
  const auto store = [flag, parse, &target](const std::string& text) {
    target = parse(flag, text);
  };
  return app.add_option_function<std::string>(names, store, description)->type_name(type);
}

// A flag that may stand several times, with one value each.
void add_list(CLI::App& app, const std::string& names, const std::string& type,
              std::vector<std::string>& target, const std::string& description);

// Values. An empty path would mean "not given" from here on.
std::string parse_path(const std::string& flag, const std::string& text);

// --model and --vocab; then --hparams, --name-map, --skip and --allow-missing.
void add_vocabulary_flags(CLI::App& app, ModelArguments& arguments, const std::string& type);
void add_checkpoint_flags(CLI::App& app, ModelArguments& arguments);

}  // namespace gpt2run
