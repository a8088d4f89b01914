#pragma once

#include "engine/params.h"
#include "loader/checkpoint.h"
#include "loader/load_params.h"
#include "model/load_model.h"
#include "tools/open_model.h"

namespace gpt2run {

struct LoadedWeights {
  Params params;
  LoadReport report;
};

// Reads the weights, with progress on a terminal; prints what a user must know of them.
// Errors: as load_params'; InputError kRuntime if memory runs out, with how much is wanted.
LoadedWeights load_weights(const OpenModel& open, const ModelArguments& arguments);

struct LoadedModel {
  Tokenizer tokenizer;
  Params params;
  LoadReport report;
};

// The same, and beside it the tokenizer. Errors: as load_tokenizer_and_params's.
LoadedModel load_model(const OpenModel& open, const ModelArguments& arguments);

}  // namespace gpt2run
