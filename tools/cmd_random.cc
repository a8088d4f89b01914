#include "tools/cmd_random.h"

#include <memory>

#include "loader/random_source.h"
#include "model/load_tokenizer.h"
#include "tokenizer/vocabulary.h"
#include "tools/ckpt_flags.h"
#include "tools/exit_code.h"
#include "tools/flag_values.h"
#include "tools/flags.h"
#include "tools/json_text.h"
#include "tools/standard_streams.h"
#include "tools/target_format.h"
#include "tools/write_target.h"

namespace gpt2run {
namespace {

struct RandomArguments {
  std::filesystem::path target, vocab;
  std::optional<Hparams> shape;
  uint64_t seed = 0;
  std::optional<TargetFormat> to;
  std::optional<DType> dtype;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

[[noreturn]] void refuse_shape(const std::string& flag, const std::string& text) {
  throw UsageError(flag + ": expected 124M, 355M, 774M, 1558M or " +
                   "n_layer,n_head,n_embd,n_ctx,n_vocab with n_head dividing n_embd, found " +
                   text);
}

// "12,12,768,1024,50257"
Hparams parse_shape(const std::string& flag, const std::string& text) {
  constexpr int kMaxSize = 1'000'000;  // every product of two of them fits in 64 bits
  if (const auto named = named_shape(text)) return *named;
  std::vector<int> sizes;
  for (size_t begin = 0; begin <= text.size() && sizes.size() < 6;) {
    const size_t end = std::min(text.find(',', begin), text.size());
    sizes.push_back(parse_int(flag, text.substr(begin, end - begin), 1, kMaxSize));
    begin = end + 1;
  }
  if (sizes.size() != 5 || sizes[2] % sizes[1] != 0) refuse_shape(flag, text);
  return {.n_vocab = sizes[4],
          .n_ctx = sizes[3],
          .n_embd = sizes[2],
          .n_head = sizes[1],
          .n_layer = sizes[0]};
}

uint64_t parse_random_seed(const std::string&, const std::string& text) {
  return parse_seed("--seed", text);
}

std::string summary(const RandomArguments& arguments, TargetFormat format, DType dtype) {
  if (arguments.json) {
    const Json json = {{"target", arguments.target.string()},
                       {"target_format", target_format_name(format)},
                       {"dtype", dtype_name(dtype)},
                       {"seed", arguments.seed},
                       {"vocabulary", !arguments.vocab.empty()},
                       {"verified", true}};
    return json_text(json);
  }
  return arguments.target.string() + ": " + target_format_name(format) + ", " + dtype_name(dtype) +
         ", random with seed " + std::to_string(arguments.seed) + "\n";
}

int make_random(const RandomArguments& arguments) {
  if (!arguments.shape) throw UsageError("--shape: expected a shape, found none");
  const TargetFormat format = target_format(arguments.to, arguments.target);
  const Hparams& hparams = *arguments.shape;
  const DType dtype = target_dtype(arguments.dtype, std::nullopt, format);
  std::optional<Vocabulary> vocabulary;
  if (!arguments.vocab.empty()) vocabulary = read_vocabulary(arguments.vocab);
  const Vocabulary* const written = vocabulary ? &*vocabulary : nullptr;
  const RandomSource weights(hparams, arguments.seed);
  write_target({weights, hparams, written}, {arguments.target, format, dtype, arguments.overwrite},
               arguments.quiet, "writing");
  write_stdout(summary(arguments, format, dtype));
  return kExitOk;
}

std::function<int()> add(CLI::App& app) {
  const auto arguments = std::make_shared<RandomArguments>();
  app.option_defaults()->group("Model");
  add_value(app, "OUT", "", arguments->target, parse_path, "what to write: a folder or a file")
      ->required();
  add_value(app, "--shape", "SHAPE", arguments->shape, parse_shape,
            "124M, 355M, 774M, 1558M, or n_layer,n_head,n_embd,n_ctx,n_vocab");
  add_value(app, "--seed", "S", arguments->seed, parse_random_seed,
            "0 to 2^64 - 1; the same seed gives the same bytes everywhere (default: 0)");
  add_value(app, "--vocab", "DIR", arguments->vocab, parse_path,
            "folder of a vocabulary to write along (default: none; gguf needs one)");
  app.option_defaults()->group("Target");
  add_value(app, "--to", "FORMAT", arguments->to, parse_target_format,
            "tf1, tf2, safetensors (folders), npz, gguf or llmc (files)\n"
            "(default: from OUT's name)");
  add_value(app, "--dtype", "TYPE", arguments->dtype, parse_target_dtype,
            "f32, f16 or bf16 (default: f32)");
  app.add_flag("--overwrite", arguments->overwrite, "replace what is there, in one step");
  add_output_flags(app, arguments->json, arguments->quiet);
  return [arguments] { return make_random(*arguments); };
}

}  // namespace

const CkptCommand kRandomCommand = {
    "random", "Writes a random model of any shape.",
    R"(Usage: gpt2ckpt random OUT --shape SHAPE [--seed S] [--to FORMAT] [FLAG...]
)",
    R"(The object of --json: target, target_format, dtype, seed, vocabulary (whether one was written),
verified

Examples:
  gpt2ckpt random random-124M --shape 124M --seed 1 --to tf1
  gpt2ckpt random tiny.bin --shape 2,4,48,64,400
)",
    add};

}  // namespace gpt2run
