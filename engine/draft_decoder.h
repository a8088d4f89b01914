#pragma once

#include <array>
#include <span>
#include <vector>

#include "engine/draft_lookup.h"
#include "engine/draft_model.h"
#include "engine/draft_plan.h"
#include "engine/kernels/product.h"
#include "engine/kv_cache.h"
#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// What became of one source's guesses. Behind a wrong one the rest is dropped, right or not.
struct DraftCount {
  int n_guessed = 0;
  int n_right = 0;
  int n_wrong = 0;
};

struct DraftReport {
  int n_passes = 0;                                // of the whole model, without the prompt's
  std::array<int, kFewRows + 1> n_passes_of = {};  // of these, those over so many rows
  DraftCount copy;                                 // guessed by the int4 copy
  DraftCount lookup;                               // taken from an earlier place in prompt and text
};

// Greedy decode, faster than a pass of the whole model for each id and with the very same ids: a
// few ids are guessed, by a copy of fewer bytes or from an earlier place in the text, and one pass
// over all of them checks each. Up to kFewRows rows, a row's bits are those that it has alone.
// The copy writes its keys and values where the check then writes the model's own.
// Owns: the cache. Threads: one decoder a sequence.
// Source: Leviathan et al., Fast Inference from Transformers via Speculative Decoding, 2023, with
// temperature 0.
class DraftDecoder {
 public:
  // Requires: draft was made for params; both outlive it; 1 <= n_sampleable <= n_vocab.
  DraftDecoder(const Params& params, const DraftModel& draft, int n_sampleable);

  // The pass over the prompt. To be called once, first.
  // Errors: see gpt2().
  void prefill(std::span<const int> prompt);

  // The next id. Requires: prompt and ids so far are fewer than n_ctx.
  //   n_wanted  how many, this one included, the caller will ask for at most
  // Errors: std::domain_error if the logits are not finite.
  int next(int n_wanted);

  const DraftReport& report() const { return report_; }

 private:
  struct Guess {
    int id;
    Confidence confidence;
  };

  void guess(int limit);
  void guess_by_copy(int limit);
  void guess_by_lookup(const Repeat& repeat, int limit);
  Guess copy_step(int id);
  void check();
  void accept(const std::vector<int>& best);
  void count(size_t n_right);
  std::vector<int> argmax_of_rows(const Matrix& x) const;  // -1 for a row that is not finite
  int argmax(const Matrix& x) const;                       // of one row; throws

  const Params& params_;
  const DraftModel& draft_;
  int n_sampleable_;
  KvCache cache_;
  DraftPlan plan_;
  std::vector<int> ids_;  // prompt and what was decoded; the last one is not in the cache
  size_t n_given_ = 0;    // of ids_
  Matrix prompt_state_;   // of the prompt's last row, until the first id is asked for
  DraftSource source_ = DraftSource::kNone;
  std::vector<Guess> guesses_;  // of this round
  DraftReport report_;
};

}  // namespace gpt2run
