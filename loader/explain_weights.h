#pragma once

#include <vector>

#include "loader/load_finding.h"
#include "loader/load_params.h"
#include "loader/mapped_source.h"

namespace gpt2run {

// Reads every weight, as loading would, and says what is wrong with their values: checksums, NaN
// and infinity. Memory: one tensor.
std::vector<LoadFinding> explain_values(const MappedSource& weights, const LoadRequest& request,
                                        const LoadProgress& progress);

}  // namespace gpt2run
