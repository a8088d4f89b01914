#include "tools/cmd_map.h"

#include <memory>

#include "base/printable.h"
#include "loader/inferred_hparams.h"
#include "loader/propose_map.h"
#include "loader/unknown_prefix.h"
#include "tools/exit_code.h"
#include "tools/flags.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

constexpr const char* kUsage = R"(Usage: gpt2ckpt map [--pattern] [FLAG...] CHECKPOINT > map.json
)";

constexpr const char* kExamples =
    R"(The map is JSON, a line a tensor, the first rule that fits a name counts:
  {"source": NAME, "target": WEIGHT, "transform": [STEP...]}
  {"pattern": RE2, "target": NEW NAME with \1, "transform": [STEP...]}
A weight is called as OpenAI's checkpoints call it: model/wte, model/h0/attn/c_attn/w. A step is
"squeeze", "unsqueeze", "transpose", {"slice": [[begin, end], ...]} or {"pad": [size, ...]}.
What was guessed, sliced or padded is said on stderr, and stands as the rule's "note"; what no weight
was found for stands under "unplaced". Neither is read.

Examples:
  gpt2ckpt map my-model > map.json
  gpt2run --model my-model --name-map map.json --prompt "Hello"
  gpt2ckpt map --pattern my-model > map.json
)";

struct MapArguments {
  ModelArguments model;
  bool pattern = false;
  bool json = false;  // for scripts that give it to every command
};

// What the shapes must fit: the config's sizes, or, without one, what the weights tell.
Hparams hparams_of(const Checkpoint& checkpoint, std::vector<std::string>& notices) {
  try {
    return read_model_config(checkpoint).hparams;
  } catch (const InputError& error) {
    const Hparams hparams = fitted_hparams(infer_hparams(*checkpoint.weights));
    notices.push_back(std::string(error.what()) + (hparams.n_embd > 0
                                                       ? " (going by the weights' own shapes)"
                                                       : " (going by the names alone)"));
    return hparams;
  }
}

int cmd_map(const MapArguments& arguments) {
  std::vector<std::string> notices;
  Checkpoint checkpoint = open_model(arguments.model);
  if (const auto prefix = find_unknown_prefix(*checkpoint.source, *checkpoint.map)) {
    notices.push_back("the names of " + std::to_string(prefix->n_weights) +
                      " weights are known without " + printable(prefix->prefix) +
                      " in front, as in " + printable(prefix->example));
    MapOptions options = without_prefix(checkpoint.options, prefix->prefix);
    checkpoint = open_checkpoint(std::move(checkpoint.files), std::move(checkpoint.source),
                                 std::move(options));
  }
  const Hparams hparams = hparams_of(checkpoint, notices);
  const MapProposal proposal = propose_name_map(*checkpoint.source, *checkpoint.map, hparams);
  notices.insert(notices.end(), proposal.notices.begin(), proposal.notices.end());
  for (const std::string& weight : proposal.missing) {
    notices.push_back(weight + ": no tensor was found for it");
  }
  if (!arguments.model.quiet) {
    for (const std::string& notice : notices) print_notice(notice);
  }
  const auto rules = arguments.pattern ? with_patterns(proposal.rules) : proposal.rules;
  write_stdout(name_map_text(rules, proposal.unplaced));
  return kExitOk;
}

std::function<int()> add(CLI::App& app) {
  const auto arguments = std::make_shared<MapArguments>();
  add_value(app, "CHECKPOINT", "", arguments->model.model, parse_path,
            "the model's folder, its checkpoint (any format) or one of its files")
      ->required();
  add_checkpoint_flags(app, arguments->model);
  app.add_flag("--pattern", arguments->pattern,
               "one rule for all layers of a kind of weight (default: one a tensor)");
  app.add_flag("--json", arguments->json, "the map is JSON with or without it");
  app.add_flag("-q,--quiet", arguments->model.quiet, "nothing on stderr but errors");
  return [arguments] { return cmd_map(*arguments); };
}

}  // namespace

const CkptCommand kMapCommand = {"map", "Proposes a name map, which a person can edit.", kUsage,
                                 kExamples, add};

}  // namespace gpt2run
