#pragma once

#include "engine/params.h"
#include "loader/checkpoint.h"
#include "loader/load_params.h"
#include "model/load_tokenizer.h"
#include "tools/open_model.h"

namespace gpt2run {

struct LoadedModel {
  Params params;
  LoadReport report;
};

// Reads the weights, with progress on a terminal; prints what a user must know of them.
// Errors: as load_params'; InputError kRuntime if memory runs out, with how much is wanted.
LoadedModel load_model(const OpenModel& model, const ModelArguments& arguments);

}  // namespace gpt2run
