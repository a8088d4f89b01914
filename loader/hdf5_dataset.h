#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "loader/hdf5_api.h"
#include "loader/hdf5_tree.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A dataset, checked.
struct Hdf5Dataset {
  TensorInfo info;
  haddr_t address = 0;             // of the object, for H5Oopen_by_addr
  std::optional<uint64_t> offset;  // in the file, where its items stand together; else the library
                                   // reads it
};

// What a dataset is and, where it is of a type that is read, whether its bytes are all there.
//   n_file_bytes  the file's size, which bounds what it can hold
// Errors: CheckpointError kCorrupt; kUnsupported for data that lies in other files, and filters but
// gzip, shuffle and fletcher32.
Hdf5Dataset describe_hdf5_dataset(const Hdf5Session& hdf5, const std::string& path, hid_t file,
                                  const Hdf5Entry& entry, uint64_t n_file_bytes);

}  // namespace gpt2run
