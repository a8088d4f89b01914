#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "loader/hdf5_dataset.h"
#include "loader/hdf5_object.h"

namespace gpt2run {

// Every dataset below the root, group by group, described. Objects are found by the addresses in
// hard links, so that nothing leads out of the file.
// Errors: CheckpointError: list_hdf5_links's and describe_hdf5_dataset's; kUnsupported for groups
// more than 64 deep and more than 100000 links.
std::vector<Hdf5Dataset> list_hdf5_datasets(Hdf5Input& input, const Hdf5Object& root);

// The root's attributes backend, keras_version, layer_names and weight_names, those that are there
// and stand in its header: strings, or arrays of strings.
//   base  where the HDF5 file starts in `file`
// Errors: CheckpointError kCorrupt.
// Source: HDF5 File Format Specification, IV.A.2.m.
nlohmann::json read_hdf5_attributes(Hdf5Input& input, const Hdf5Object& root);

}  // namespace gpt2run
