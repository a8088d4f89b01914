#include "tools/flags.h"

#include "tools/exit_code.h"

namespace gpt2run {

void add_list(CLI::App& app, const std::string& names, const std::string& type,
              std::vector<std::string>& target, const std::string& description) {
  app.add_option(names, target, description)
      ->type_name(type)
      ->type_size(1)
      ->allow_extra_args(false);
}

std::string parse_path(const std::string& flag, const std::string& text) {
  if (text.empty()) throw UsageError(flag + ": expected a path, found an empty text");
  return text;
}

void add_vocabulary_flags(CLI::App& app, ModelArguments& arguments, const std::string& type) {
  app.option_defaults()->group("Model");
  add_value(app, "-m,--model", type, arguments.model, parse_path,
            "the model's folder, its checkpoint (any format) or one of its files\n"
            "(default: the small Shakespeare model that comes with gpt2run)");
  add_value(app, "--vocab", "DIR", arguments.vocab, parse_path,
            "folder of the vocabulary (default: in or beside the checkpoint)");
}

void add_checkpoint_flags(CLI::App& app, ModelArguments& arguments) {
  add_value(app, "--hparams", "FILE", arguments.hparams, parse_path,
            "the model's hparams.json or config.json (default: beside the checkpoint)");
  add_value(app, "--name-map", "FILE", arguments.name_map, parse_path,
            "which tensor is which weight, as gpt2ckpt map writes it");
  add_list(app, "--skip", "GLOB", arguments.skip,
           "leave out the tensors of these names; repeatable");
  add_list(app, "--allow-missing", "GLOB", arguments.allow_missing,
           "let weights of these names stay at zero; repeatable");
}

}  // namespace gpt2run
