#pragma once

#include <vector>

#include "engine/draft_model.h"
#include "engine/generate.h"

namespace gpt2run {

class ReadBandwidth;  // support/limits.h

// One continuation of a prompt, plain and drafted in turns.
struct DraftRuns {
  std::vector<int> ids;
  DraftReport report;
  double repeated = 0;  // the share of runs of four ids that stood in prompt or text before
  std::vector<double> plain_seconds, drafted_seconds;  // of decode, a round each
  std::vector<double> copy_seconds;  // the same for the copy's own plain decode, as many ids

  int n_decoded() const { return static_cast<int>(ids.size()) - 1; }
  bool is_looping() const { return repeated >= 0.5; }
};

//   bandwidth  is measured after each round
// Errors: std::runtime_error if the drafted ids are not the plain ones; generate()'s.
DraftRuns run_draft(const Params& params, const DraftModel& draft, const std::vector<int>& prompt,
                    int n_tokens, int n_rounds, ReadBandwidth& bandwidth);

// From now on the copy's guesses are right at that rate, at positions chosen by a fixed generator,
// and nothing is looked up. The copy still computes each guess, so that the time is that of
// drafting.
//   ids  what follows a prompt of n_prompt ids; they outlive the draft
void force_acceptance(DraftModel& draft, size_t n_prompt, const std::vector<int>& ids, double rate);

// Seconds of one pass over each number of rows up to kFewRows with the search of their ids, behind
// n_past others; the medians of n_rounds.
std::vector<double> pass_seconds(const Params& params, const DraftModel& draft, int n_past,
                                 int n_rounds);

// What a pass reads: all weights but those that are only looked up, the head as it is screened.
double pass_bytes(const Params& params, const DraftModel& draft);
double copy_bytes(const DraftModel& draft);

}  // namespace gpt2run
