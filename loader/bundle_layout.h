#pragma once

#include "loader/bundle_index.h"

namespace gpt2run {

// Checks all entries together: no two overlap in a data file; the slices of each partitioned
// variable have their data (BundleSlice::part is set), and cover it with no hole and no overlap.
// Errors: CheckpointError kCorrupt.
void check_layout(BundleIndex& index);

}  // namespace gpt2run
