#include "tools/cmd_inspect.h"

#include <memory>

#include "tools/ckpt_flags.h"
#include "tools/exit_code.h"
#include "tools/inspection.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

int cmd_inspect(const CkptArguments& arguments) {
  const Checkpoint checkpoint = open_model(arguments.model, DataFiles::kNotNeeded);
  const Inspection inspection = inspect(checkpoint);
  write_stdout(arguments.json ? json_text(to_json(inspection)) : to_text(inspection));
  return kExitOk;
}

std::function<int()> add_inspect(CLI::App& app) {
  const auto arguments = std::make_shared<CkptArguments>();
  add_ckpt_flags(app, *arguments);
  return [arguments] { return cmd_inspect(*arguments); };
}

}  // namespace

const CkptCommand kInspectCommand = {"inspect",
                                     "Shows what is in a checkpoint, without reading a weight.",
                                     R"(Usage: gpt2ckpt inspect [FLAG...] CHECKPOINT
)",
                                     R"(Of a TensorFlow bundle the .index alone is enough.

The object of --json: path, format, family (null: no weight of GPT-2 is here), prefix,
config {origin, problem, n_vocab, n_ctx, n_embd, n_head, n_layer, n_inner, released_size; null for
what is not known; where it was read activation_function, layer_norm_epsilon, scale_attn_weights,
scale_attn_by_inverse_layer_idx, tie_word_embeddings, else n_head_candidates},
tensors [{name, role (weight, unexpected, buffer, optimizer, other, skipped), weight (OpenAI's
name), transforms, dtype, shape, bytes, file, offset; null: not in one piece}],
totals {ROLE or all: {tensors, parameters, bytes}}

Examples:
  gpt2ckpt inspect models/124M
  gpt2ckpt inspect model.ckpt.index
  gpt2ckpt inspect --json model.safetensors | jq -r '.tensors[].name'
)",
                                     add_inspect};

}  // namespace gpt2run
