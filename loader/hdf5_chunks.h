#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/hdf5_input.h"
#include "loader/hdf5_messages.h"
#include "loader/slices.h"

namespace gpt2run {

// A box of a dataset's items that is stored by itself.
struct Hdf5Chunk {
  SliceExtents extents;   // in the dataset: chunks at its edges are cut off
  uint64_t offset = 0;    // in the file
  uint64_t n_bytes = 0;   // there
  uint32_t left_out = 0;  // bit i: filter i was not applied
};

// A chunked dataset's chunks, which cover it exactly.
//   shape   of the dataset, its product checked
//   layout  kChunked, with an address
// Errors: CheckpointError kCorrupt (a chunk that is missing, twice, outside the file or the
// dataset; more bytes in all than the file has); kUnsupported for chunks of more than 1 GiB.
// Source: HDF5 File Format Specification, III.A.1.
std::vector<Hdf5Chunk> list_hdf5_chunks(Hdf5Input& input, const std::vector<int64_t>& shape,
                                        const Hdf5Layout& layout);

}  // namespace gpt2run
