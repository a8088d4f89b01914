#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"

namespace gpt2run {

// How an attribute of strings of variable length stores one: where its bytes are in a "global
// heap". Packed, with 8-byte addresses, as files have them.
inline constexpr size_t kHdf5DescriptorBytes = 16;

// Reads the string that such a descriptor leads to.
//   base  where the HDF5 file starts in `file`, behind a user's block
// HDF5's library (1.10.8) reads outside its memory where the descriptor or the heap is damaged.
// Errors: CheckpointError kCorrupt.
// Source: HDF5 File Format Specification, III.E, "Disk Format: Level 1E - Global Heap".
std::string read_hdf5_heap_string(const InputFile& file, uint64_t base, const char* descriptor);

}  // namespace gpt2run
