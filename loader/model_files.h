#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpt2run {

// Where the parts of a model are.
struct ModelFiles {
  std::filesystem::path
      prefix;  // of the bundle: prefix + ".index", prefix + ".data-00000-of-00001"
  std::filesystem::path hparams;  // hparams.json; it may not be there
  std::filesystem::path vocab;    // the folder of encoder.json and vocab.bpe; they may not be there
  std::vector<std::string> notices;  // what was chosen on the user's behalf, a line each
};

// Finds the bundle that the user means.
//   model    a folder, a prefix, the `checkpoint` state file, an .index or a .data-* file
//   hparams  --hparams FILE, or empty: hparams.json beside the bundle
//   vocab    --vocab DIR, or empty: beside the bundle
// Errors: InputError kNotFound, saying which of the files are there and which are missing, or
// listing the bundles, or the folders inside with one, where several could be meant; kRuntime for a
// folder or file that cannot be read; kCorrupt and kUnsupported for a file that is
// something else (a Git LFS pointer, an HTML page, HDF5, ...), named.
ModelFiles find_model_files(const std::filesystem::path& model,
                            const std::filesystem::path& hparams = {},
                            const std::filesystem::path& vocab = {});

// Say which of a model's seven files are there and which are missing.
// Errors: CheckpointError kNotFound if hparams.json, or encoder.json or vocab.bpe, is absent.
void require_hparams(const ModelFiles& files);
void require_vocabulary(const ModelFiles& files);

// models/shakespeare, the model that comes with the program: share/gpt2run/models/shakespeare,
// found relative to the executable, or to the library this code is in. Empty if it is not there.
std::filesystem::path default_model_path();

}  // namespace gpt2run
