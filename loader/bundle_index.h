#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/bundle_entry.h"

namespace gpt2run {

// A bundle's `.index`, checked: what every tensor is and where its bytes are. No data file is
// needed to read it.
struct BundleIndex {
  std::string path;  // the index
  int n_shards = 0;
  std::vector<BundleEntry> tensors;  // sorted by name, bytewise: h10 comes before h2
  std::vector<BundleEntry> parts;    // the slices of partitioned variables
};

// Reads and checks an index: the header, every entry by itself, and all together (no two ranges of
// a data file overlap; slices cover their variable exactly).
// Errors: InputError kNotFound; kCorrupt; kUnsupported for a big-endian bundle, one of a later
// version, and a file that is something else (a V1 checkpoint, HDF5, ...), named; kRuntime if the
// system refuses to open or read it.
BundleIndex read_bundle_index(const std::filesystem::path& path);

// Whether a file is a table that holds a V1 checkpoint (TensorFlow before 0.12): everything in one
// file, which no index goes with.
bool is_v1_checkpoint(const InputFile& file);

// What messages say of one.
const char* v1_text();

// The data file of a shard: prefix + ".data-00000-of-00001".
std::filesystem::path shard_path(const std::filesystem::path& prefix, int shard, int n_shards);

}  // namespace gpt2run
