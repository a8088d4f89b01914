#pragma once

#include <cstdint>
#include <functional>

#include "loader/mapped_source.h"
#include "loader/misfits.h"

namespace gpt2run {

// Reads a weight to where it belongs. A matrix is packed a few rows at a time, while they are in
// the cache, wherever its values stand in the source as they are or transposed; quantized blocks of
// the weight's own type are taken as they are.
//   on_items  called with how many values more have been read
// Memory: some rows; for other transforms twice the tensor.
// Errors: as TensorSource::read_float32's; CheckpointError kCorrupt for NaN and infinity, with the
// place; what on_items throws.
// Threads: different weights may be read at once.
void read_weight(const MappedSource& source, const WeightFit& fit, const WeightTarget& target,
                 const std::function<void(uint64_t n)>& on_items);

}  // namespace gpt2run
