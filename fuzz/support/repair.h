#pragma once

#include <span>

namespace gpt2run {

// Put the checksums of a damaged file right, where they can be found: a fuzzer's changes then go on
// to what the checksums guard. Never read or write outside bytes.

// A LevelDB table: those of its blocks. The second: of the first of two files.
void repair_table(std::span<char> bytes);
void repair_first_table(std::span<char> bytes);

// A zip archive: those of its stored members, in the directory.
void repair_zip(std::span<char> bytes);

// An HDF5 file: those of superblocks of version 2 and 3, and of object headers of version 2.
void repair_hdf5(std::span<char> bytes);

}  // namespace gpt2run
