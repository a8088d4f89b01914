#pragma once

#include "engine/params.h"
#include "loader/load_params.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {

struct TokenizerAndParams {
  Tokenizer tokenizer;
  Params params;
};

// load_tokenizer with check_vocabulary, and beside it, on other threads, load_params.
// Errors: theirs; the vocabulary's, which ends the reading of weights, before the weights'.
TokenizerAndParams load_tokenizer_and_params(const Checkpoint& checkpoint,
                                             const ModelConfig& config,
                                             WeightType type = WeightType::kFloat32,
                                             LoadReport* report = nullptr,
                                             const LoadProgress& progress = {});

}  // namespace gpt2run
