#include "tools/gpt2ckpt_commands.h"

#include <iterator>
#include <string>
#include <vector>

#include "base/printable.h"
#include "tools/cli_app.h"
#include "tools/cmd_convert.h"
#include "tools/cmd_diagnose.h"
#include "tools/cmd_diff.h"
#include "tools/cmd_inspect.h"
#include "tools/cmd_map.h"
#include "tools/cmd_random.h"
#include "tools/cmd_verify.h"
#include "tools/exit_code.h"
#include "tools/optional_libraries.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

constexpr const char* kUsage = R"(Usage: gpt2ckpt COMMAND [FLAG...] CHECKPOINT...
)";
constexpr const char* kExamples = R"(Examples:
  gpt2ckpt inspect models/124M
  gpt2ckpt verify model.safetensors
  gpt2ckpt diagnose my-model
  gpt2ckpt map my-model > map.json
  gpt2ckpt diff models/124M model.safetensors
  gpt2ckpt convert models/124M 124M.gguf --dtype f16
  gpt2ckpt random tiny.npz --shape 2,4,48,64,400
)";

const std::vector<CkptCommand>& commands() {
  static const std::vector<CkptCommand> all = {kInspectCommand, kVerifyCommand, kDiagnoseCommand,
                                               kMapCommand,     kDiffCommand,   kConvertCommand,
                                               kRandomCommand};
  return all;
}

}  // namespace

int run_gpt2ckpt(int argc, const char* const* argv) {
  CLI::App app("Looks into GPT-2 checkpoints of any format, mends and converts them.", "gpt2ckpt");
  app.require_subcommand(0, 1);
  bool version = false;
  app.add_flag("--version", version, "print the versions of gpt2ckpt and its libraries, and exit")
      ->group("Help");
  set_help(app, kUsage, kExamples);
  std::vector<const CLI::App*> apps = {&app};
  std::vector<std::function<int()>> bodies;
  for (const CkptCommand& command : commands()) {
    CLI::App& sub = *app.add_subcommand(command.name, command.description);
    bodies.push_back(command.add(sub));
    set_help(sub, command.usage, command.examples);
    apps.push_back(&sub);
  }
  try {
    app.parse(reversed_arguments(argc, argv, apps));
  } catch (const CLI::CallForHelp&) {
    write_stdout(app.help());
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    throw UsageError(printable(error.what()));
  }
  if (version) {
    write_stdout(std::string("gpt2ckpt ") + GPT2RUN_VERSION + "\n" + optional_libraries_text());
    return kExitOk;
  }
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (app.got_subcommand(commands()[i].name)) return bodies[i]();
  }
  throw UsageError("expected a command, found none");
}

}  // namespace gpt2run
