#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/weight.h"
#include "loader/bundle.h"
#include "loader/checkpoint.h"

namespace gpt2run {

// The flags that say which model, in every command of both programs.
struct ModelArguments {
  std::filesystem::path model;              // empty: the model that comes with the program
  std::filesystem::path hparams;            // empty: beside the checkpoint
  std::filesystem::path vocab;              // empty: in or beside the checkpoint
  std::filesystem::path name_map;           // empty: none
  std::vector<std::string> skip;            // globs of tensors to leave out
  std::vector<std::string> allow_missing;   // globs of weights that may stay at zero
  WeightType dtype = WeightType::kFloat32;  // what weights are rounded to as they are loaded
  bool quiet = false;                       // no notices, no progress
};

// --model or the default. Errors: InputError kNotFound if the default is not installed.
std::filesystem::path model_path(const ModelArguments& arguments);

// What the flags say of names. Errors: read_name_map's.
MapOptions map_options(const ModelArguments& arguments);

// Finds the model's parts and opens its checkpoint; prints what was chosen on the user's behalf.
//   data  kNotNeeded: a bundle's index is enough, and nothing of it can be read
// Errors: as find_model_files's and open_checkpoint's.
Checkpoint open_model(const ModelArguments& arguments, DataFiles data = DataFiles::kNeeded);

// The same, and its config, which its weights fit: what is wrong with a model is said before what
// is wrong with its vocabulary. Errors also: read_model_config's, require_fit's.
struct OpenModel {
  Checkpoint checkpoint;
  ModelConfig config;
};
OpenModel open_fitting_model(const ModelArguments& arguments);

}  // namespace gpt2run
