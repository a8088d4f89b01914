#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "loader/hdf5_input.h"

namespace gpt2run {

// How an attribute of strings of variable length stores one: its length (4 bytes), and where its
// bytes are in a "global heap": an address (8), an object's number there (4).
inline constexpr size_t kHdf5DescriptorBytes = 16;

// Reads the string that such a descriptor leads to.
// Errors: CheckpointError kCorrupt.
// Source: HDF5 File Format Specification, III.E, "Disk Format: Level 1E - Global Heap".
std::string read_hdf5_heap_string(Hdf5Input& input, std::string_view descriptor);

}  // namespace gpt2run
