#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/hdf5_api.h"

namespace gpt2run {

// A dataset's place in the tree.
struct Hdf5Entry {
  std::string name;     // its path, without the first slash
  haddr_t address = 0;  // of the object, for H5Oopen_by_addr
};

// Every dataset below the root, in the order of names within each group. Objects are opened by the
// address in their hard link and never by a name, so that nothing leads out of the file.
//   file  the open file
// Errors: CheckpointError kUnsupported for soft, external and user-defined links, groups more than
// 64 deep and more than 100000 links; kCorrupt.
std::vector<Hdf5Entry> list_hdf5_datasets(const Hdf5Session& hdf5, const std::string& path,
                                          hid_t file);

// The root's attributes backend, keras_version, layer_names and weight_names, those that are there:
// strings, or arrays of strings.
// Errors: CheckpointError kCorrupt.
nlohmann::json read_hdf5_attributes(const Hdf5Session& hdf5, const InputFile& input, hid_t file);

}  // namespace gpt2run
