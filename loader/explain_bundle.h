#pragma once

#include <filesystem>
#include <vector>

#include "loader/bundle_index.h"
#include "loader/load_finding.h"

namespace gpt2run {

// What is wrong with the data files of a bundle whose index is whole: which are missing, which are
// something else, which end too early, and whether what is there of those belongs to this index.
std::vector<LoadFinding> explain_data_files(const std::filesystem::path& prefix,
                                            const BundleIndex& index, const LoadRequest& request);

}  // namespace gpt2run
