#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/hdf5_messages.h"

namespace gpt2run {

// The most that a byte of gzip's can stand for: two bits for 258.
inline constexpr uint64_t kMaxHdf5GzipRatio = 1032;

// Whether this is one of the filters below.
bool is_known_hdf5_filter(const Hdf5Filter& filter);

// Undoes what was done to a chunk as it was written: fletcher32 (which is checked), gzip, shuffle.
//   filters       in the order in which they were applied, all of them known
//   left_out      bit i: filter i was not applied to this chunk
//   stored        the chunk's bytes in the file, which are replaced
//   n_item_bytes  at least 1
//   n_bytes       that the chunk must have in the end
// Returns what is wrong where it does not.
std::optional<std::string> unpack_hdf5_chunk(const std::vector<Hdf5Filter>& filters,
                                             uint32_t left_out, std::string& stored,
                                             uint64_t n_item_bytes, uint64_t n_bytes);

}  // namespace gpt2run
