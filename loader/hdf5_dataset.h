#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "loader/hdf5_chunks.h"
#include "loader/hdf5_filters.h"
#include "loader/hdf5_object.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A dataset, checked.
struct Hdf5Dataset {
  TensorInfo info;
  uint64_t address = 0;            // of its header
  std::optional<uint64_t> offset;  // in the file, where its items stand together
  std::vector<Hdf5Chunk> chunks;   // else
  std::vector<int64_t> chunk_shape;
  std::vector<Hdf5Filter> filters;

  uint64_t n_item_bytes() const { return info.n_items() == 0 ? 0 : info.n_bytes / info.n_items(); }
};

// What a dataset is and, where it is of a type that is read, whether its bytes are all there.
//   name  its path without the first slash
// Errors: CheckpointError kCorrupt; kUnsupported for data that lies in other files, types that are
// stored elsewhere, chunks of HDF5 1.10's kinds, and filters but gzip, shuffle and fletcher32.
Hdf5Dataset describe_hdf5_dataset(Hdf5Input& input, const Hdf5Object& object,
                                  const std::string& name);

// Reads a chunk and undoes its filters.
//   returns  [product of chunk_shape] items as they are stored
// Errors: CheckpointError kCorrupt; kRuntime.
std::string read_hdf5_chunk(const InputFile& file, const Hdf5Dataset& dataset,
                            const Hdf5Chunk& chunk);

}  // namespace gpt2run
