#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/hdf5_input.h"

namespace gpt2run {

enum class Hdf5TreeKind : uint8_t { kGroup = 0, kChunks = 1 };

// What a leaf of a tree leads to, and the key before it.
struct Hdf5TreeEntry {
  std::string key;
  uint64_t child = 0;  // an address
};

// All entries of a B-tree of version 1, in their order.
//   n_key_bytes  as the kind of tree has them
// Errors: CheckpointError kCorrupt; kUnsupported for a tree of more than 2^20 entries.
// Source: HDF5 File Format Specification, III.A.1.
std::vector<Hdf5TreeEntry> read_hdf5_btree(Hdf5Input& input, uint64_t address, Hdf5TreeKind kind,
                                           size_t n_key_bytes);

}  // namespace gpt2run
