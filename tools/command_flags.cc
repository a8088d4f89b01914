#include "tools/command_flags.h"

#include <limits>

#include "tools/exit_code.h"
#include "tools/flag_values.h"
#include "tools/flags.h"
#include "tools/ids.h"

namespace gpt2run {
namespace {

constexpr int kMaxInt = std::numeric_limits<int>::max();
constexpr int kMaxThreads = 1024;

std::string parse_text(const std::string&, const std::string& text) {
  return text;
}

auto integer_from(int min, int max) {
  return [=](const std::string& flag, const std::string& text) {
    return parse_int(flag, text, min, max);
  };
}

void add_model_flags(CLI::App& app, ModelArguments& arguments, int& n_threads) {
  add_vocabulary_flags(app, arguments, "PATH");
  add_checkpoint_flags(app, arguments);
  add_value(app, "--dtype", "DTYPE", arguments.dtype, parse_weight_type,
            "what weights are rounded to as they are loaded: f32, bf16, int8 or int4;\n"
            "the smaller, the faster and the less exact (default: f32)");
  add_value(app, "--threads", "N", n_threads, integer_from(1, kMaxThreads),
            "threads to compute with, 1 to 1024 (default: all processors)");
}

void add_parse_special(CLI::App& app, Special& special) {
  app.add_flag_callback(
      "--parse-special", [&special] { special = Special::kParse; },
      "take <|endoftext|> in the text as the token (default: as plain text)");
}

void add_quiet(CLI::App& app, bool& quiet, const std::string& description) {
  app.add_flag("-q,--quiet", quiet, description);
}

double parse_tolerance(const std::string& flag, const std::string& text) {
  return parse_double(flag, text, 0);
}

std::vector<int> parse_ids_flag(const std::string&, const std::string& text) {
  return parse_ids(text);
}

}  // namespace

void add_generate_flags(CLI::App& app, CommandLine& command_line) {
  GenerateArguments& arguments = command_line.generate;
  add_model_flags(app, arguments.model, command_line.n_threads);
  app.option_defaults()->group("Prompt (the first of these that is given, else stdin)");
  add_value(app, "-p,--prompt", "TEXT", arguments.prompt.text, parse_text, "the text to continue");
  add_value(app, "--prompt-file", "FILE", arguments.prompt.file, parse_path,
            "a file with the text to continue");
  add_parse_special(app, arguments.special);

  app.option_defaults()->group("Generation");
  add_value(app, "-n,--n-tokens", "N", arguments.n_tokens, integer_from(0, kMaxInt),
            "how many tokens to make at most; 0 prints nothing (default: 40)");
  const auto temperature = [](const std::string& flag, const std::string& text) {
    return parse_float(flag, text, 0);
  };
  add_value(app, "--temperature", "T", arguments.temperature, temperature,
            "0 takes the likeliest token, above 0 draws one\n"
            "(default: 0, or 1 where --top-k or --top-p is given)");
  add_value(app, "--top-k", "K", arguments.top_k, integer_from(0, kMaxInt),
            "draw from the K likeliest tokens; 0: from all (default: 0)");
  add_value(app, "--top-p", "P", arguments.top_p, parse_probability,
            "draw from the fewest tokens whose probabilities sum to P, at most 1\n"
            "(default: 1, from all)");
  add_value(app, "--seed", "N", arguments.seed, parse_seed,
            "the same seed gives the same text; 0 to 2^64 - 1\n"
            "(default: drawn, and printed on stderr)");
  app.add_flag("--ignore-eot", arguments.ignore_eot,
               "go on after <|endoftext|> (default: end there)");
  app.add_flag("--draft", arguments.draft,
               "guess tokens with an int4 copy and check several at once: the same text, sooner;\n"
               "for a temperature of 0 and --dtype f32 or bf16 (default: one token a time)");

  app.option_defaults()->group("Output");
  app.add_flag("--json", arguments.json,
               "one JSON object instead of text: prompt_ids, ids, text,\n"
               "finish_reason (length, eot or context), weights, timings, draft");
  app.add_flag("--stats", arguments.stats,
               "print load time, size, tokens per second and peak memory on stderr");
  add_quiet(app, arguments.model.quiet, "nothing on stderr but errors and what --stats asks for");
}

void add_tokenize_flags(CLI::App& app, CommandLine& command_line) {
  TokenizeArguments& arguments = command_line.tokenize;
  add_vocabulary_flags(app, arguments.model, "DIR");
  app.option_defaults()->group("Text");
  add_value(app, "FILE", "", arguments.file, parse_path, "what to read (default: stdin)");
  app.add_flag("--jsonl", arguments.jsonl, "one JSON object a line, in and out, in order");
  app.add_flag("--decode", arguments.decode, "from ids to text");
  add_parse_special(app, arguments.special);
}

void add_logits_flags(CLI::App& app, CommandLine& command_line) {
  LogitsArguments& arguments = command_line.logits;
  add_model_flags(app, arguments.model, command_line.n_threads);
  app.option_defaults()->group("Input (exactly one; with ids no vocabulary is opened)");
  CLI::Option* const inputs[] = {
      add_value(app, "-p,--prompt", "TEXT", arguments.prompt, parse_text, "a text"),
      add_value(app, "--ids", "1,2,3", arguments.ids, parse_ids_flag, "token ids"),
      add_value(app, "--ids-file", "F.npy", arguments.ids_file, parse_path,
                "token ids as a NumPy array, int32 or int64, 1-D"),
  };
  add_parse_special(app, arguments.special);

  app.option_defaults()->group("Output (at least one)");
  CLI::Option* const outputs[] = {
      add_value(app, "-o,--output", "F.npy", arguments.output, parse_path,
                "write the logits of every position, float32 [n, n_vocab]"),
      add_value(app, "--compare", "REF.npy", arguments.compare, parse_path,
                "print the largest difference from these logits and where it is"),
  };
  add_value(app, "--tolerance", "T", arguments.tolerance, parse_tolerance,
            "exit 1 if the largest difference is more than T (default: 1e-4)");
  add_quiet(app, arguments.model.quiet, "nothing on stderr but errors");

  app.final_callback([=] {
    int n_inputs = 0, n_outputs = 0;
    for (const CLI::Option* option : inputs) n_inputs += option->count() > 0;
    for (const CLI::Option* option : outputs) n_outputs += option->count() > 0;
    if (n_inputs != 1) throw UsageError("give exactly one of --prompt, --ids and --ids-file");
    if (n_outputs == 0) throw UsageError("give --output, --compare or both");
  });
}

}  // namespace gpt2run
