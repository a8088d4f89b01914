#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loader/families.h"
#include "loader/name_map.h"
#include "loader/tensor_source.h"
#include "loader/transforms.h"

namespace gpt2run {

// What a tensor of a checkpoint is to the model.
enum class TensorRole {
  kWeight,
  kBuffer,      // a causal mask that PyTorch saved along
  kOptimizer,   // what an optimizer keeps beside a weight
  kOther,       // a string, a counter, what stands outside the model's scope
  kSkipped,     // by the user's wish
  kUnexpected,  // in the model's scope, and no weight of GPT-2's
};

const char* role_name(TensorRole role);

struct MappedTensor {
  TensorRole role = TensorRole::kOther;
  std::string weight;                 // of a kWeight: "model/h3/attn/c_attn/w"
  std::vector<Transform> transforms;  // from the stored shape to the model's
  bool is_by_user = false;            // a name map says so
};

// What each tensor of a checkpoint is.
struct WeightMap {
  Family family = Family::kOpenAi;
  std::string prefix;                 // what was stripped from most names; may be empty
  std::vector<MappedTensor> tensors;  // [source.tensors().size()]
};

// The user's wishes about names.
struct MapOptions {
  std::optional<NameMap> name_map;         // goes before the families
  std::vector<std::string> skip;           // globs of names that are left out
  std::vector<std::string> allow_missing;  // globs of weights that may stay at zero
};

// Decides by names and siblings' shapes: whether a layer's matrices stand transposed, by what most
// of c_attn and c_fc do, whose two sizes differ; a square one says nothing.
// Errors: CheckpointError kMismatch if two tensors are the same weight, and if a name map's
// transform cannot be taken.
WeightMap map_weights(const TensorSource& source, const MapOptions& options = {});

// Whether a name fits one of some globs (fnmatch(3), where * crosses slashes and dots).
bool matches_any(const std::string& name, const std::vector<std::string>& globs);

}  // namespace gpt2run
