#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "loader/name_map.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A weight and the tensor that goes there.
struct WeightFit {
  WeightSlot slot;
  size_t tensor = 0;  // TensorSource::tensors()[tensor]
};

// A name that does not fit, and how.
struct Misfit {
  std::string path;
  std::string text;
};

// A checkpoint's names and shapes held against what hparams say.
struct NameMatch {
  std::vector<WeightFit> fits;  // in the file's order
  std::vector<Misfit> misfits;  // each path once
  std::set<int> layers;         // those with a tensor in the checkpoint
  int n_skipped = 0;            // tensors that are no weights
  uint64_t n_bytes_skipped = 0;
};

// Time and memory grow with the checkpoint's tensors, not with what hparams claim.
// Errors: CheckpointError kUnsupported if a weight's type is one that no checkpoint can hold
// (variant, resource).
NameMatch match_names(const TensorSource& source, const Hparams& hparams);

}  // namespace gpt2run
