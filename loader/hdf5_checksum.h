#pragma once

#include <cstdint>
#include <string_view>

#include "loader/hdf5_input.h"

namespace gpt2run {

// The checksum at the end of HDF5's newer structures: Bob Jenkins's lookup3, of all bytes before
// it.
uint32_t hdf5_lookup3(std::string_view bytes);

// Fletcher's, of a chunk: over numbers of 16 bits, big-endian.
uint32_t hdf5_fletcher32(std::string_view bytes);

// Compares the lookup3 in a structure's last 4 bytes.
// Errors: CheckpointError kCorrupt.
void check_hdf5_checksum(const Hdf5Fields& fields, std::string_view structure);

}  // namespace gpt2run
