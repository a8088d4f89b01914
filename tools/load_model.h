#pragma once

#include <filesystem>

#include "engine/params.h"
#include "loader/load_params.h"
#include "loader/model_files.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {

// The flags that say which model, in every command.
struct ModelArguments {
  std::filesystem::path model;    // empty: the model that comes with the program
  std::filesystem::path hparams;  // empty: beside the checkpoint
  std::filesystem::path vocab;    // empty: beside the checkpoint
  bool quiet = false;             // no notices, no progress
};

struct LoadedModel {
  Params params;
  LoadReport report;
};

// --model or the default. Errors: InputError kNotFound if the default is not installed.
std::filesystem::path model_path(const ModelArguments& arguments);

// Where the model's parts are; prints what was chosen on the user's behalf.
// Errors: as find_model_files'.
ModelFiles find_model(const ModelArguments& arguments);

// Reads the weights, with progress on a terminal.
// Errors: as load_params'; InputError kRuntime if memory runs out, with how much is wanted.
LoadedModel load_model(const ModelFiles& files, bool quiet);

// Errors: InputError kMismatch if the vocabulary has ids that the model has no row for.
void check_vocabulary(const Tokenizer& tokenizer, const ModelFiles& files, const Hparams& hparams);

}  // namespace gpt2run
