#pragma once

#include <memory>
#include <optional>

#include "base/vocabulary.h"
#include "loader/mapped_source.h"
#include "loader/model_config.h"
#include "loader/model_files.h"
#include "loader/tensor_source.h"
#include "loader/weight_map.h"

namespace gpt2run {

// A checkpoint that is open: its tensors are listed, none of them is read.
// Owns: its files. Threads: a const Checkpoint may be shared.
struct Checkpoint {
  ModelFiles files;
  std::unique_ptr<TensorSource> source;   // its tensors under their own names
  std::unique_ptr<WeightMap> map;         // what each of them is
  std::unique_ptr<MappedSource> weights;  // the weights, by OpenAI's names
  MapOptions options;
};

// Errors: those of the format's reader; map_weights's.
Checkpoint open_checkpoint(ModelFiles files, MapOptions options = {});

// The same of a source that is open already.
Checkpoint open_checkpoint(ModelFiles files, std::unique_ptr<TensorSource> source,
                           MapOptions options = {});

// read_model_config of an open checkpoint; where its header does not say n_vocab, wte does.
ModelConfig read_model_config(const Checkpoint& checkpoint);

// The vocabulary in a checkpoint that has its own: GGUF, or ggml's old .bin, which holds the
// tokens' bytes alone (is_bytes: no merges, and tokens are not spelled). Nothing for the others.
// Errors: CheckpointError kCorrupt; kUnsupported for a GGUF whose vocabulary is not GPT-2's BPE.
struct OwnVocabulary {
  Vocabulary vocabulary;
  bool is_bytes = false;
};
std::optional<OwnVocabulary> vocabulary_of(const Checkpoint& checkpoint);

}  // namespace gpt2run
