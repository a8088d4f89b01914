#include "tools/cmd_diff.h"

#include <memory>

#include "tools/ckpt_flags.h"
#include "tools/diff_report.h"
#include "tools/exit_code.h"
#include "tools/flag_values.h"
#include "tools/flags.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

// The flags of `gpt2ckpt diff`. Those about names hold for both.
struct DiffArguments {
  ModelArguments a;  // and the flags of b
  std::filesystem::path b;
  double tolerance = 0;
  bool json = false;
};

int cmd_diff(const DiffArguments& arguments) {
  ModelArguments of_b = arguments.a;
  of_b.model = arguments.b;
  const Checkpoint a = open_model(arguments.a), b = open_model(of_b);
  const CheckpointDiff diff = diff_checkpoints(a, b);
  write_stdout(arguments.json ? json_text(to_json(diff, a, b, arguments.tolerance))
                              : to_text(diff, arguments.tolerance));
  return diff.is_equal(arguments.tolerance) ? kExitOk : kExitRuntime;
}

std::function<int()> add_diff(CLI::App& app) {
  const auto arguments = std::make_shared<DiffArguments>();
  app.option_defaults()->group("Models (of any format, by their files, prefixes or folders)");
  add_value(app, "A", "", arguments->a.model, parse_path, "the one checkpoint")->required();
  add_value(app, "B", "", arguments->b, parse_path, "the other")->required();
  add_value(app, "--name-map", "FILE", arguments->a.name_map, parse_path,
            "which tensor is which weight, as gpt2ckpt map writes it, in both");
  add_list(app, "--skip", "GLOB", arguments->a.skip,
           "leave out the tensors of these names; repeatable");
  add_list(app, "--allow-missing", "GLOB", arguments->a.allow_missing,
           "weights of these names may be in one only; repeatable");
  app.option_defaults()->group("Comparison");
  const auto tolerance = [](const std::string& flag, const std::string& text) {
    return parse_double(flag, text, 0);
  };
  add_value(app, "--tolerance", "T", arguments->tolerance, tolerance,
            "numbers may differ by so much (default: 0, the same bits as float32)");
  add_output_flags(app, arguments->json, arguments->a.quiet);
  return [arguments] { return cmd_diff(*arguments); };
}

}  // namespace

const CkptCommand kDiffCommand = {
    "diff", "Compares the weights of two checkpoints.",
    R"(Usage: gpt2ckpt diff [FLAG...] A B
)",
    R"(Weights are compared by OpenAI's names and in the model's shapes, whatever the format. Exit 0 if
they are equal within the tolerance, else 1. Optimizer slots and masks are listed, not compared; a
head that only one has is held against the other's wte.

The object of --json: equal, tolerance, a and b {path, format, family, extra [{name, role}]},
tensors [{weight, status (bit-equal, within tolerance, differs, shapes differ, not comparable,
only in A, only in B), equal, a and b {name, dtype, shape} or null, and where compared values,
different_values, max_abs_difference, mean_abs_difference (null: infinite), cosine (null: none)}],
all {values, different_values, max_abs_difference, mean_abs_difference, cosine}

Examples:
  gpt2ckpt diff models/124M model.safetensors
  gpt2ckpt diff --tolerance 1e-3 model-f32.gguf model-f16.gguf
)",
    add_diff};

}  // namespace gpt2run
