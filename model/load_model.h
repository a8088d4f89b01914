#pragma once

#include "engine/params.h"
#include "loader/load_params.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {

struct TokenizerAndParams {
  Tokenizer tokenizer;
  Params params;
};

// load_tokenizer with check_vocabulary beside load_params, on one of its threads: on one more than
// there are processors, its tables would be pushed out of the caches between its turns.
// Errors: theirs; the vocabulary's, after which no tensor is begun, before the weights'.
TokenizerAndParams load_tokenizer_and_params(const Checkpoint& checkpoint,
                                             const ModelConfig& config,
                                             WeightType type = WeightType::kFloat32,
                                             LoadReport* report = nullptr,
                                             const LoadProgress& progress = {});

}  // namespace gpt2run
