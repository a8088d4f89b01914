#pragma once

#include <optional>
#include <vector>

#include "loader/checkpoint.h"
#include "loader/load_finding.h"

namespace gpt2run {

// Why names and shapes do not fit, and with which wishes most of them would.
struct NamesDiagnosis {
  std::vector<LoadFinding> findings;
  MapOptions options;  // the checkpoint's own, with what the findings propose
};

// Holds a checkpoint's names and shapes against its config, or, where that cannot be read, against
// what the weights themselves tell. No finding if they fit.
NamesDiagnosis explain_names(const Checkpoint& checkpoint, const std::optional<ModelConfig>& config,
                             const LoadRequest& request);

// Tensors that are the same weight, of which loading refuses all but one; nothing if there are
// none.
//   extra  gets globs of their names, but for the first of each weight
std::optional<LoadFinding> explain_doubles(const TensorSource& source, const MapOptions& options,
                                           const LoadRequest& request,
                                           std::vector<std::string>& extra);

}  // namespace gpt2run
