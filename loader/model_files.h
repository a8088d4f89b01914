#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/formats.h"

namespace gpt2run {

// Where the parts of a model are.
struct ModelFiles {
  Format format = Format::kBundle;
  std::filesystem::path checkpoint;  // the file; of a bundle its prefix: + ".index", + ".data-..."
  std::filesystem::path hparams;     // hparams.json or config.json; it may not be there
  bool is_hparams_given = false;     // by the user: it goes before what the checkpoint says
  std::filesystem::path vocab;       // the folder of the vocabulary's files; they may not be there
  bool is_vocab_given = false;       // by the user: it goes before a vocabulary in the checkpoint
  std::vector<std::string> notices;  // what was chosen on the user's behalf, a line each
};

// Finds the checkpoint that the user means, by what files hold and not by their names.
//   model    a folder, a checkpoint file of any format; a bundle's prefix, `checkpoint` state file,
//            .index or .data-* file; a SavedModel's folder; one of several safetensors shards
//   hparams  --hparams FILE, or empty: hparams.json or config.json beside the checkpoint
//   vocab    --vocab DIR, or empty: beside the checkpoint
// Errors: InputError kNotFound, saying which of the files are there and which are missing, or
// listing the bundles, or the folders inside with one, where a name is not there; kAmbiguous for a
// folder with several models, listing them; kRuntime for a folder or file that cannot be read;
// kCorrupt and kUnsupported for a file that is something else (a Git LFS pointer, an HTML page,
// ...), named.
ModelFiles find_model_files(const std::filesystem::path& model,
                            const std::filesystem::path& hparams = {},
                            const std::filesystem::path& vocab = {});

// The same for a folder in which no checkpoint is: where the rest of the model would be.
ModelFiles files_without_checkpoint(const std::filesystem::path& folder,
                                    const std::filesystem::path& hparams,
                                    const std::filesystem::path& vocab);

// Errors: CheckpointError kNotFound if the file of hparams is absent, saying which of a model's
// files are there and which are missing.
void require_hparams(const ModelFiles& files);

// Whether a folder has all files of a vocabulary of any layout.
bool has_vocabulary(const std::filesystem::path& folder);

// Errors: CheckpointError kNotFound if no vocabulary of any layout is whole in the folder, with
// what is missing.
void require_vocabulary(const ModelFiles& files);

// models/shakespeare, the model that comes with the program: share/gpt2run/models/shakespeare,
// found relative to the executable, or to the library this code is in. Empty if it is not there.
std::filesystem::path default_model_path();

}  // namespace gpt2run
