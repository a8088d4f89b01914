// Drafted decode beside plain decode, in turns, on held-out text or a random 124M model: how many
// guesses are accepted, looping and non-looping text apart, what that allows, and what is reached.
// With --forced, speed against an acceptance that is forced. Prints one JSON object.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/threads.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/product.h"
#include "engine/random_params.h"
#include "loader/load_params.h"
#include "loader/model_files.h"
#include "loader/random_source.h"
#include "support/costs.h"
#include "support/draft_runs.h"
#include "support/limits.h"
#include "support/print_measured.h"
#include "support/timing.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;
using Ids = std::vector<int>;

struct Arguments {
  std::string model;  // empty: random
  std::string text = GPT2RUN_TEST_DATA_DIR "/text/shakespeare-heldout.txt";
  std::string dtype = "f32";
  int n_prompts = 6, n_prompt_ids = 32, n_tokens = 96, n_rounds = 3;
  bool forced = false;
};

struct Subject {
  Params params;
  std::vector<Ids> prompts;
};

Subject random_subject(const Arguments& arguments, WeightType type) {
  Subject subject = {random_params(*named_shape("124M"), 124, type), {}};
  for (int i = 0; i < arguments.n_prompts; ++i) {
    Ids ids;
    for (int j = 0; j < arguments.n_prompt_ids; ++j) ids.push_back((j * 7919 + i * 104729) % 50257);
    subject.prompts.push_back(ids);
  }
  return subject;
}

// Prompts at even distances in the text.
Subject read_subject(const Arguments& arguments, WeightType type) {
  const Checkpoint checkpoint = open_checkpoint(find_model_files(arguments.model));
  Subject subject = {load_params(checkpoint, read_model_config(checkpoint), type), {}};
  const Ids all = Tokenizer(checkpoint.files.vocab)
                      .encode(read_file(arguments.text, size_t{1} << 28, ErrorKind::kRuntime));
  const size_t n_ids = static_cast<size_t>(arguments.n_prompt_ids);
  const size_t distance = all.size() / static_cast<size_t>(arguments.n_prompts);
  if (distance < n_ids) throw std::runtime_error(arguments.text + ": too short for the prompts");
  for (size_t i = 0; i < static_cast<size_t>(arguments.n_prompts); ++i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * distance);
    subject.prompts.emplace_back(begin, begin + arguments.n_prompt_ids);
  }
  return subject;
}

struct Limits {
  double bandwidth = 0;  // bytes a second
  double weight_bytes = 0, pass_bytes = 0, copy_bytes = 0;
  std::vector<double> pass_seconds;  // by the number of rows, in the middle of a text
};

Json count_json(const DraftCount& count) {
  const int n_judged = count.n_right + count.n_wrong;
  return {
      {"guessed", count.n_guessed},
      {"accepted", count.n_right},
      {"refused", count.n_wrong},
      {"acceptance", n_judged == 0 ? Json() : Json(static_cast<double>(count.n_right) / n_judged)}};
}

void add(DraftCount& sum, const DraftCount& count) {
  sum.n_guessed += count.n_guessed;
  sum.n_right += count.n_right;
  sum.n_wrong += count.n_wrong;
}

// Several runs as one: the medians of their rounds are added.
Json summary(const std::vector<DraftRuns>& all, const Limits& limits) {
  DraftReport sum;
  double n_ids = 0, plain = 0, drafted = 0, copy = 0, by_rows = 0;
  for (const DraftRuns& runs : all) {
    n_ids += runs.n_decoded();
    plain += median(runs.plain_seconds);
    drafted += median(runs.drafted_seconds);
    copy += median(runs.copy_seconds);
    for (size_t n = 1; n <= kFewRows; ++n) {
      by_rows += runs.report.n_passes_of[n] * limits.pass_seconds[n];
    }
    sum.n_passes += runs.report.n_passes;
    add(sum.copy, runs.report.copy);
    add(sum.lookup, runs.report.lookup);
  }
  // What the acceptance that was found allows: each pass and each guess at its least time, by the
  // bytes that it reads; by what plain passes of model and copy take in the same text, as if all
  // rows but one were free; and the same with passes over as many rows as they had.
  const double n_guessed = sum.copy.n_guessed;
  const double by_bytes =
      (sum.n_passes * limits.pass_bytes + n_guessed * limits.copy_bytes) / limits.bandwidth;
  const double by_passes = sum.n_passes * plain / n_ids + n_guessed * copy / n_ids;
  by_rows += n_guessed * copy / n_ids;
  return {{"prompts", all.size()},
          {"tokens", n_ids},
          {"passes", sum.n_passes},
          {"tokens_per_pass", n_ids / sum.n_passes},
          {"int4", count_json(sum.copy)},
          {"lookup", count_json(sum.lookup)},
          {"plain_tokens_per_second", n_ids / plain},
          {"plain_bound_tokens_per_second", limits.bandwidth / limits.weight_bytes},
          {"drafted_tokens_per_second", n_ids / drafted},
          {"speed_up", plain / drafted},
          {"allowed_by_bytes_tokens_per_second", n_ids / by_bytes},
          {"share_of_allowed_by_bytes", by_bytes / drafted},
          {"allowed_by_passes_tokens_per_second", n_ids / by_passes},
          {"share_of_allowed_by_passes", by_passes / drafted},
          {"allowed_by_rows_tokens_per_second", n_ids / by_rows},
          {"share_of_allowed_by_rows", by_rows / drafted},
          {"copy_seconds", copy / n_ids}};
}

std::vector<double> typical_pass_seconds(const Subject& subject, const DraftModel& draft,
                                         const Arguments& arguments) {
  if (subject.params.hparams.n_ctx <= kFewRows) {
    throw std::invalid_argument("expected a model of a longer context than " +
                                std::to_string(kFewRows) + " tokens");
  }
  const int middle = arguments.n_prompt_ids + arguments.n_tokens / 2;
  const int n_past = std::min(middle, subject.params.hparams.n_ctx - kFewRows);
  return pass_seconds(subject.params, draft, n_past, 5 * arguments.n_rounds);
}

Json by_text(const std::vector<DraftRuns>& all, const Limits& limits) {
  Json json = Json::object();
  for (const bool looping : {false, true}) {
    std::vector<DraftRuns> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [&](const DraftRuns& runs) { return runs.is_looping() == looping; });
    json[looping ? "looping" : "non_looping"] = some.empty() ? Json() : summary(some, limits);
  }
  return json;
}

// The first prompts at rates from 0 to 1. What comes to be right differs from the rate: of some
// hundred guesses, up to the first wrong one of each pass.
//   plain  what follows each prompt
Json forced(const Subject& subject, DraftModel& draft, const Arguments& arguments,
            const std::vector<DraftRuns>& plain, Limits limits) {
  constexpr size_t kPrompts = 3;
  Json rates = Json::array();
  for (const double rate : {0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0}) {
    ReadBandwidth bandwidth(subject.params.storage);
    std::vector<DraftRuns> all;
    for (size_t i = 0; i < std::min(kPrompts, plain.size()); ++i) {
      const Ids& prompt = subject.prompts[i];
      force_acceptance(draft, prompt.size(), plain[i].ids, rate);
      all.push_back(run_draft(subject.params, draft, prompt, arguments.n_tokens, arguments.n_rounds,
                              bandwidth));
    }
    limits.bandwidth = bandwidth.best_median();
    Json one = summary(all, limits);
    one["forced_acceptance"] = rate;
    rates.push_back(one);
  }
  return rates;
}

Json measure(const Arguments& arguments) {
  const WeightType type = *find_weight_type(arguments.dtype);
  const Subject subject =
      arguments.model.empty() ? random_subject(arguments, type) : read_subject(arguments, type);
  DraftModel draft;
  const double make_seconds = seconds_of([&] { draft = make_draft_model(subject.params); });
  std::vector<DraftRuns> all;
  ReadBandwidth bandwidth(subject.params.storage);
  for (const Ids& prompt : subject.prompts) {
    all.push_back(run_draft(subject.params, draft, prompt, arguments.n_tokens, arguments.n_rounds,
                            bandwidth));
  }
  const Limits limits = {.bandwidth = bandwidth.best_median(),
                         .weight_bytes = weight_bytes(subject.params),
                         .pass_bytes = pass_bytes(subject.params, draft),
                         .copy_bytes = copy_bytes(draft),
                         .pass_seconds = typical_pass_seconds(subject, draft, arguments)};
  Json json = {{"model", arguments.model.empty() ? "random 124M" : arguments.model},
               {"dtype", arguments.dtype},
               {"kernels", isa_name(chosen_isa())},
               {"threads", n_threads()},
               {"make_draft_seconds", make_seconds},
               {"assumed_cost_of_a_guess", draft.costs.guess},
               {"assumed_cost_of_a_row", draft.costs.row},
               {"gigabytes_per_second", limits.bandwidth / 1e9},
               {"weight_bytes", limits.weight_bytes},
               {"pass_bytes", limits.pass_bytes},
               {"copy_bytes", limits.copy_bytes},
               {"pass_seconds", limits.pass_seconds},
               {"text", by_text(all, limits)}};
  if (arguments.forced) {
    json["forced"] = forced(subject, draft, arguments, all, limits);
  }
  return json;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures drafted decode beside plain decode; prints JSON.");
  app.add_option("--model", arguments.model, "a model's path (default: a random one, 124M)");
  app.add_option("--text", arguments.text, "where the model's prompts are taken from");
  app.add_option("--dtype", arguments.dtype, "f32 or bf16")->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--prompts", arguments.n_prompts)->check(CLI::Range(1, 1000));
  app.add_option("--prompt-ids", arguments.n_prompt_ids)->check(CLI::Range(1, 1000));
  app.add_option("-n,--n-tokens", arguments.n_tokens)->check(CLI::Range(2, 1000));
  app.add_option("--rounds", arguments.n_rounds)->check(CLI::Range(1, 100));
  app.add_flag("--forced", arguments.forced, "also speed against a forced acceptance, 0 to 1");
  return print_measured("draft_bench", app, argc, argv, 1, [&] { return measure(arguments); });
}

}  // namespace
}  // namespace gpt2run

int main(int argc, char** argv) {
  return gpt2run::run(argc, argv);
}
