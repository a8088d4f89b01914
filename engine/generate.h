#pragma once

#include <functional>
#include <span>

#include "engine/draft_decoder.h"
#include "engine/draft_model.h"
#include "engine/params.h"
#include "engine/sampler.h"

namespace gpt2run {

enum class FinishReason {
  kLength,   // n_tokens were made
  kEot,      // the model ended the text
  kContext,  // prompt and new tokens fill n_ctx
  kStopped,  // on_token asked for it
};

struct GenerateOptions {
  int n_tokens = 40;     // how many to make at most
  int eot = -1;          // the id that ends the text (it is not handed to on_token); -1: none
  int n_sampleable = 0;  // only ids below it are drawn (a padded wte has more rows); 0: n_vocab
  SamplerOptions sampler;
  // Not null: greedy decode guesses ahead with it (engine/draft_decoder.h); the same ids, sooner.
  // Made for the same params.
  const DraftModel* draft = nullptr;
};

struct GenerateResult {
  FinishReason finish_reason = FinishReason::kLength;
  int n_generated = 0;             // tokens handed to on_token
  double first_token_seconds = 0;  // from the call to the first new token; 0 if there was none
  double prefill_seconds = 0;      // the pass over the prompt
  double decode_seconds = 0;       // from the first new token to the last
  int n_decoded = 0;               // ids drawn in that time
  DraftReport draft;               // zeros without a draft
};

// Continues a prompt: one prefill, then one decode a token, or fewer with a draft. Each id is
// handed to on_token as it is made; false stops.
//   prompt  [n_seq]
// Errors: std::invalid_argument if the prompt is empty or holds an id out of range, or an option is
// out of range, or a draft is to help a sampler that is not greedy; std::length_error if the prompt
// is longer than n_ctx; std::domain_error if the logits are not finite. Threads: const Params may
// be shared.
GenerateResult generate(std::span<const int> prompt, const Params& params,
                        const GenerateOptions& options,
                        const std::function<bool(int id)>& on_token);

}  // namespace gpt2run
