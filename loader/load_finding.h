#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace gpt2run {

// What keeps a model from loading.
enum class FindingKind {
  kNoSuchModel,          // no file, folder or prefix of that name
  kSeveralModels,        // more than one could be meant
  kMissingFile,          // of a bundle, or a shard
  kRenamedFile,          // model.ckpt(1).index, checkpoint.txt
  kStateFile,            // `checkpoint` is damaged
  kLfsPointer,           // Git LFS's text in a file's place
  kFailedDownload,       // an empty file, an HTML page
  kInterruptedDownload,  // a file that ends too early
  kOtherFormat,          // a known format under another one's name
  kDamagedFile,          // checksums, headers
  kOtherSave,            // index and data of different saves
  kNotFinite,            // NaN and infinity among the weights
  kUnsupported,          // a format, version or setting that is not computed
  kUnreadable,           // the system refuses
  kMissingConfig,        // no hparams.json or config.json
  kDamagedConfig,        // one that is malformed or out of range
  kOtherConfig,          // one of another size than the weights
  kNameMap,              // the name map that was given
  kUnknownPrefix,        // GPT-2's names behind a prefix
  kUnknownNames,         // no name of GPT-2's at all
  kRenamedWeights,       // names near to those that are missing
  kOtherLayout,          // a matrix transposed, an axis too many
  kDoubleWeights,        // two tensors for one weight
  kMissingWeights,       // no tensor for a weight
  kUnexpectedTensors,    // tensors in the model's scope that are no weights
  kOtherShape,           // a shape that nothing makes right
  kOtherType,            // integers for weights
  kMissingVocabulary,
  kDamagedVocabulary,
  kOtherVocabulary,  // more tokens than the model has
  kOther,            // what the message says
};

// "lfs-pointer", for programs.
const char* finding_name(FindingKind kind);

struct LoadFinding {
  FindingKind kind = FindingKind::kDamagedFile;
  ErrorKind error = ErrorKind::kCorrupt;  // whose exit code it has
  std::string cause;                      // one line
  std::vector<std::string> evidence;      // a line each
  std::string remedy;                     // what to do, in words; may be empty
  std::vector<std::string> commands;      // what does it, as a shell takes it, in this order
  bool is_choice = false;                 // of the commands a person must choose one
  std::vector<int64_t> n_head_choices;    // what n_head may be, where the commands take the first
};

// What was asked to load: the flags of gpt2run.
struct LoadRequest {
  std::filesystem::path model, hparams, vocab, name_map;
  std::vector<std::string> skip, allow_missing;
};

// A word as a shell takes it: quoted where it must be.
std::string shell_quoted(const std::string& word);

// A name as a glob that fits nothing else: what fnmatch(3) reads as more than itself is escaped.
std::string glob_quoted(const std::string& name);

// The command that loads the model and continues a prompt: "gpt2run --model X --prompt Hello".
std::string run_command(const LoadRequest& request);

// "gpt2ckpt map X", with the request's flags.
std::string map_command(const LoadRequest& request);

}  // namespace gpt2run
