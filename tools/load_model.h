#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/params.h"
#include "loader/checkpoint.h"
#include "loader/load_params.h"
#include "model/load_tokenizer.h"

namespace gpt2run {

// The flags that say which model, in every command.
struct ModelArguments {
  std::filesystem::path model;             // empty: the model that comes with the program
  std::filesystem::path hparams;           // empty: beside the checkpoint
  std::filesystem::path vocab;             // empty: beside the checkpoint
  std::filesystem::path name_map;          // empty: none
  std::vector<std::string> skip;           // globs of tensors to leave out
  std::vector<std::string> allow_missing;  // globs of weights that may stay at zero
  bool quiet = false;                      // no notices, no progress
};

struct LoadedModel {
  Params params;
  LoadReport report;
};

// --model or the default. Errors: InputError kNotFound if the default is not installed.
std::filesystem::path model_path(const ModelArguments& arguments);

// Finds the model's parts and opens its checkpoint; prints what was chosen on the user's behalf.
// Errors: as find_model_files's and open_checkpoint's.
Checkpoint open_model(const ModelArguments& arguments);

// Reads the weights, with progress on a terminal; prints what a user must know of them.
// Errors: as load_params'; InputError kRuntime if memory runs out, with how much is wanted.
LoadedModel load_model(const Checkpoint& checkpoint, bool quiet);

}  // namespace gpt2run
