#pragma once

#include <functional>
#include <memory>

#include "engine/draft_plan.h"
#include "engine/params.h"
#include "engine/screened_head.h"

namespace gpt2run {

// What drafted decode (engine/draft_decoder.h) has beside the model.
// Owns: its weights; the model outlives it. Threads: a const DraftModel may be shared.
struct DraftModel {
  Params copy;  // guesses ids; its keys and values have the model's shape
  std::shared_ptr<const ScreenedHead> head;  // null: all logits are computed
  DraftCosts costs;
  bool looks_up = true;  // guesses what followed earlier in the text, too
  // For measurements: what is checked at a position in place of the copy's guess.
  std::function<int(int position, int guess)> replace_guess;
};

// A copy of kInt4, and a screened head where it is large enough to gain by it.
// Errors: std::invalid_argument unless params.type is kFloat32 or kBFloat16; std::bad_alloc.
DraftModel make_draft_model(const Params& params);

}  // namespace gpt2run
