#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "loader/mapped_source.h"
#include "loader/model_config.h"
#include "loader/weight_slots.h"

namespace gpt2run {

// A weight and the tensor that goes there.
struct WeightFit {
  WeightSlot slot;
  size_t tensor = 0;  // MappedSource::tensors()[tensor]
};

// A name that does not fit, and how.
struct Misfit {
  enum Kind { kMissing, kMissingLayer, kUnexpected, kUnexpectedLayer, kShape, kType };
  Kind kind = kMissing;
  std::string path;  // as the checkpoint's family spells it
  std::string text;
  std::string weight = {};     // by OpenAI's name; empty for what is none
  std::string nearest = {};    // of a kMissing: a tensor here that it may be
  bool is_transposed = false;  // of a kShape: it would fit transposed
};

// A checkpoint's names and shapes held against what its config says.
struct NameMatch {
  std::vector<WeightFit> fits;            // in the file's order
  std::vector<Misfit> misfits;            // each path once
  std::set<int> layers;                   // those with a tensor in the checkpoint
  std::vector<std::string> left_at_zero;  // as the family spells them: --allow-missing, no biases
  bool has_head = false;                  // a head of its own, which may be wte once more
  int n_skipped = 0;                      // tensors that are no weights
  uint64_t n_bytes_skipped = 0;
};

// Time and memory grow with the checkpoint's tensors, not with what the config claims.
//   allow_missing  globs of weights that may stay at zero
// Errors: CheckpointError kUnsupported if a weight's type is one that no checkpoint can hold
// (variant, resource).
NameMatch match_names(const MappedSource& source, const ModelConfig& config,
                      const std::vector<std::string>& allow_missing = {});

// "136 of 148 weights are here"
std::string weight_count_text(const NameMatch& match, const Hparams& hparams);

}  // namespace gpt2run
