#include "tools/cmd_generate.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>

#include "engine/draft_model.h"
#include "engine/generate.h"
#include "tools/exit_code.h"
#include "tools/generation_report.h"
#include "tools/memory.h"
#include "tools/standard_streams.h"
#include "tools/text_stream.h"

namespace gpt2run {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

uint64_t draw_seed(bool quiet) {
  std::random_device device;
  const uint64_t seed = uint64_t{device()} << 32 | device();
  if (!quiet) print_notice("seed " + std::to_string(seed));
  return seed;
}

// Greedy unless asked otherwise: by a temperature above 0, or by a cut of the distribution, which
// means nothing to a greedy choice.
float temperature_of(const GenerateArguments& arguments) {
  const bool has_cut = arguments.top_k || arguments.top_p;
  return arguments.temperature.value_or(has_cut ? 1.0f : 0.0f);
}

SamplerOptions sampler_options(const GenerateArguments& arguments) {
  SamplerOptions options;
  options.temperature = temperature_of(arguments);
  options.top_k = arguments.top_k.value_or(0);
  options.top_p = arguments.top_p.value_or(1.0f);
  if (arguments.seed) {
    options.seed = *arguments.seed;
  } else if (options.temperature > 0) {
    options.seed = draw_seed(arguments.model.quiet);
  }
  return options;
}

GenerateOptions generate_options(const GenerateArguments& arguments, const Tokenizer& tokenizer) {
  GenerateOptions options;
  options.n_tokens = arguments.n_tokens;
  options.eot = arguments.ignore_eot ? -1 : tokenizer.eot();
  options.n_sampleable = tokenizer.n_vocab();  // a row of wte without a token has no text
  options.sampler = sampler_options(arguments);
  return options;
}

// Before a model is loaded for it.
void check_draft(const GenerateArguments& arguments) {
  if (!arguments.draft) return;
  if (temperature_of(arguments) > 0) {
    throw UsageError(
        "--draft: expected greedy decoding; leave out --temperature, --top-k and --top-p");
  }
  const WeightType type = arguments.model.dtype;
  if (!is_float(type)) {
    throw UsageError(std::string("--draft: expected --dtype f32 or bf16, found ") +
                     weight_type_name(type));
  }
}

}  // namespace

int cmd_generate(const GenerateArguments& arguments) {
  check_draft(arguments);
  const std::string prompt = read_prompt(arguments.prompt);

  const auto start = std::chrono::steady_clock::now();
  const OpenModel open = open_fitting_model(arguments.model);
  const Hparams& hparams = open.config.hparams;
  const LoadedModel model = load_model(open, arguments.model);
  const Tokenizer& tokenizer = model.tokenizer;

  std::optional<DraftModel> draft;
  if (arguments.draft) {
    draft = naming_memory(model.params, 0, [&] { return make_draft_model(model.params); });
  }

  Generation generation;
  generation.is_drafted = arguments.draft;
  generation.dtype = model.params.type;
  generation.load = model.report;
  generation.load_seconds = seconds_since(start);
  generation.prompt_ids = encode_prompt(prompt, tokenizer, arguments.special, hparams);

  TextStream stream(write_stdout);
  const auto on_token = [&](int id) {
    const std::string_view bytes = tokenizer.token_bytes(id);
    generation.ids.push_back(id);
    generation.bytes += bytes;
    if (!arguments.json) stream.write(bytes);
    return true;
  };
  GenerateOptions options = generate_options(arguments, tokenizer);
  if (draft) options.draft = &*draft;
  generation.result = naming_memory(model.params, 0, [&] {
    return generate(generation.prompt_ids, model.params, options, on_token);
  });
  stream.finish();

  if (arguments.json) write_stdout(to_json(generation));
  if (!arguments.json && options.n_tokens > 0 && is_terminal(STDOUT_FILENO)) write_stdout("\n");
  if (arguments.stats) write_stderr(stats_text(generation));
  return kExitOk;
}

}  // namespace gpt2run
