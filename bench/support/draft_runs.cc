#include "support/draft_runs.h"

#include <algorithm>
#include <random>
#include <set>
#include <span>
#include <stdexcept>

#include "engine/gpt2.h"
#include "engine/kernels/product.h"
#include "engine/weight.h"
#include "support/costs.h"
#include "support/limits.h"
#include "support/passes.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

double generate_seconds(const Params& params, const std::vector<int>& prompt,
                        const GenerateOptions& options, std::vector<int>& ids,
                        DraftReport& report) {
  ids.clear();
  const GenerateResult result = generate(prompt, params, options, [&](int id) {
    ids.push_back(id);
    return true;
  });
  report = result.draft;
  return result.decode_seconds;
}

double repeated_share(const std::vector<int>& prompt, const std::vector<int>& ids) {
  constexpr size_t kRun = 4;
  std::vector<int> all = prompt;
  all.insert(all.end(), ids.begin(), ids.end());
  std::set<std::vector<int>> seen;
  size_t n_repeated = 0, n_runs = 0;
  for (size_t end = kRun; end <= all.size(); ++end) {
    const auto last = all.begin() + static_cast<std::ptrdiff_t>(end);
    const bool is_new = seen.insert(std::vector<int>(last - kRun, last)).second;
    if (end <= prompt.size()) continue;
    ++n_runs;
    n_repeated += is_new ? 0 : 1;
  }
  return n_runs == 0 ? 0 : static_cast<double>(n_repeated) / static_cast<double>(n_runs);
}

}  // namespace

DraftRuns run_draft(const Params& params, const DraftModel& draft, const std::vector<int>& prompt,
                    int n_tokens, int n_rounds, ReadBandwidth& bandwidth) {
  DraftRuns runs;
  std::vector<int> drafted_ids, copy_ids;
  DraftReport none;
  const GenerateOptions plain = {.n_tokens = n_tokens},
                        drafted = {.n_tokens = n_tokens, .draft = &draft};
  for (int round = 0; round < n_rounds; ++round) {
    runs.plain_seconds.push_back(generate_seconds(params, prompt, plain, runs.ids, none));
    runs.drafted_seconds.push_back(
        generate_seconds(params, prompt, drafted, drafted_ids, runs.report));
    runs.copy_seconds.push_back(generate_seconds(draft.copy, prompt, plain, copy_ids, none));
    if (drafted_ids != runs.ids) throw std::runtime_error("drafted ids are not the plain ones");
    bandwidth.measure();
  }
  runs.repeated = repeated_share(prompt, runs.ids);
  return runs;
}

void force_acceptance(DraftModel& draft, size_t n_prompt, const std::vector<int>& ids,
                      double rate) {
  const int n_vocab = draft.copy.hparams.n_vocab;
  draft.looks_up = false;
  draft.replace_guess = [n_prompt, &ids, rate, n_vocab](int position, int guess) {
    const size_t at = static_cast<size_t>(position) - n_prompt;
    if (at >= ids.size()) return guess;
    std::mt19937 random(static_cast<unsigned>(position));
    const double drawn = static_cast<double>(random()) / std::mt19937::max();
    return drawn < rate ? ids[at] : (ids[at] + 1) % n_vocab;
  };
}

std::vector<double> pass_seconds(const Params& params, const DraftModel& draft, int n_past,
                                 int n_rounds) {
  const int n_vocab = params.hparams.n_vocab;
  const std::vector<int> ids = some_ids(n_past + kFewRows, n_vocab);
  const std::span<const int> all(ids);
  KvCache cache(params);
  gpt2(all.first(static_cast<size_t>(n_past)), params, cache);
  std::vector<double> seconds = {0};
  for (size_t n_rows = 1; n_rows <= kFewRows; ++n_rows) {
    std::vector<double> rounds;
    for (int round = 0; round < n_rounds; ++round) {
      cache.truncate(n_past);
      rounds.push_back(seconds_of([&] {
        const Matrix x =
            last_hidden_state(all.last(kFewRows).first(n_rows), params, cache, LogitsOf::kAllRows);
        draft.head == nullptr ? argmax_of_rows(x, params.lm_head, n_vocab)
                              : draft.head->argmax_of_rows(x, n_vocab);
      }));
    }
    seconds.push_back(median(rounds));
  }
  return seconds;
}

double pass_bytes(const Params& params, const DraftModel& draft) {
  const double all = weight_bytes(params);
  if (draft.head == nullptr) return all;
  return all - static_cast<double>(weight_bytes(params.lm_head)) +
         static_cast<double>(draft.head->n_bytes());
}

double copy_bytes(const DraftModel& draft) {
  return weight_bytes(draft.copy);
}

}  // namespace gpt2run
