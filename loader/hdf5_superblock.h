#pragma once

#include <cstdint>
#include <optional>

#include "loader/hdf5_input.h"

namespace gpt2run {

// Where the superblock of a file stands: at 0, 512, 1024, 2048, ..., as a block of the user's may
// be before it. Nothing if the file has none.
std::optional<uint64_t> find_hdf5_superblock(const InputFile& file);

// Reads it, of versions 0 to 3.
//   returns  the address of the root group's object header
// Errors: CheckpointError kCorrupt; kUnsupported for other versions, and addresses and lengths that
// are not 8 bytes wide, as no tool writes them.
// Source: HDF5 File Format Specification, II.A.
uint64_t read_hdf5_superblock(Hdf5Input& input);

}  // namespace gpt2run
