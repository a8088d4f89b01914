#include "tools/cmd_convert.h"

#include <memory>

#include "loader/load_params.h"
#include "loader/whole_model.h"
#include "model/load_tokenizer.h"
#include "tools/ckpt_flags.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/json_text.h"
#include "tools/standard_streams.h"
#include "tools/target_format.h"
#include "tools/write_target.h"

namespace gpt2run {
namespace {

struct ConvertArguments {
  ModelArguments model;
  std::filesystem::path target;
  std::optional<TargetFormat> to;
  std::optional<DType> dtype;
  bool overwrite = false;
  bool json = false;
};

void print_notices(const std::vector<std::string>& left_at_zero) {
  if (left_at_zero.empty()) return;
  std::string text = std::to_string(left_at_zero.size()) + " weights are not here and zero:";
  for (const std::string& name : left_at_zero) text += " " + name;
  print_notice(text);
}

std::string summary(const ConvertArguments& arguments, const Checkpoint& checkpoint,
                    TargetFormat format, DType dtype, bool has_vocabulary) {
  if (arguments.json) {
    const Json json = {{"source", checkpoint.source->path()},
                       {"source_format", format_name(checkpoint.files.format)},
                       {"target", arguments.target.string()},
                       {"target_format", target_format_name(format)},
                       {"dtype", dtype_name(dtype)},
                       {"vocabulary", has_vocabulary},
                       {"verified", true}};
    return json_text(json);
  }
  return arguments.target.string() + ": " + target_format_name(format) + ", " + dtype_name(dtype) +
         ", read back and compared\n";
}

int convert(const ConvertArguments& arguments) {
  const TargetFormat format = target_format(arguments.to, arguments.target);
  const OpenModel open = open_fitting_model(arguments.model);
  const Hparams& hparams = open.config.hparams;
  const WholeModel weights(open.checkpoint, open.config);
  const auto vocabulary = load_vocabulary(open.checkpoint);
  const Vocabulary* const written = vocabulary ? &*vocabulary : nullptr;
  if (vocabulary) check_vocabulary(Tokenizer(*vocabulary), open.checkpoint, hparams);
  const DType dtype = target_dtype(arguments.dtype, weights.stored_dtype(), format);
  const bool quiet = arguments.model.quiet;
  if (!quiet) {
    print_notices(weights.left_at_zero());
    if (!vocabulary) print_notice("no vocabulary is here (--vocab DIR gives one): none is written");
  }
  write_target({weights, hparams, written}, {arguments.target, format, dtype, arguments.overwrite},
               quiet, "converting");
  write_stdout(summary(arguments, open.checkpoint, format, dtype, vocabulary.has_value()));
  return kExitOk;
}

std::function<int()> add(CLI::App& app) {
  const auto arguments = std::make_shared<ConvertArguments>();
  app.option_defaults()->group("Models");
  add_value(app, "A", "", arguments->model.model, parse_path, "what to convert: any format")
      ->required();
  add_value(app, "B", "", arguments->target, parse_path, "what to write: a folder or a file")
      ->required();
  app.option_defaults()->group("Target");
  add_value(app, "--to", "FORMAT", arguments->to, parse_target_format,
            "tf1, tf2, safetensors (folders), npz, gguf or llmc (files)\n"
            "(default: from B's name)");
  add_value(app, "--dtype", "TYPE", arguments->dtype, parse_target_dtype,
            "f32, f16 or bf16 (default: A's, where B can hold it, else f32)");
  app.add_flag("--overwrite", arguments->overwrite, "replace what is there, in one step");
  app.option_defaults()->group("Source");
  add_checkpoint_flags(app, arguments->model);
  add_value(app, "--vocab", "DIR", arguments->model.vocab, parse_path,
            "folder of the vocabulary (default: in or beside A)");
  add_output_flags(app, arguments->json, arguments->model.quiet);
  return [arguments] { return convert(*arguments); };
}

}  // namespace

const CkptCommand kConvertCommand = {
    "convert", "Writes a model in another format.",
    R"(Usage: gpt2ckpt convert A B [--to FORMAT] [--dtype TYPE] [FLAG...]

The output is read back and compared before it takes its place: B is there whole or not at all.
tf1 is what openai/gpt-2's code restores; no .meta is written, for nothing needs it.
)",
    R"(The object of --json: source, source_format, target, target_format, dtype, vocabulary (whether one
was written), verified

Examples:
  gpt2ckpt convert models/124M 124M.gguf --dtype f16
  gpt2ckpt convert model.safetensors tf1-model --to tf1
  gpt2ckpt convert ckpt.pt out --to safetensors --vocab models/124M
)",
    add};

}  // namespace gpt2run
