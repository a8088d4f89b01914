#include "tools/ckpt_flags.h"

#include "tools/flags.h"

namespace gpt2run {

void add_ckpt_flags(CLI::App& app, CkptArguments& arguments) {
  app.option_defaults()->group("Model");
  add_value(app, "CHECKPOINT", "", arguments.model.model, parse_path,
            "the checkpoint (any format), one of its files, its prefix or its folder")
      ->required();
  add_checkpoint_flags(app, arguments.model);
  add_value(app, "--vocab", "DIR", arguments.model.vocab, parse_path,
            "folder of the vocabulary (default: in or beside the checkpoint)");
  add_output_flags(app, arguments.json, arguments.model.quiet);
}

void add_output_flags(CLI::App& app, bool& json, bool& quiet) {
  app.option_defaults()->group("Output");
  app.add_flag("--json", json, "one JSON object on stdout instead of text");
  app.add_flag("-q,--quiet", quiet, "nothing on stderr but errors");
}

}  // namespace gpt2run
