#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/hdf5_input.h"
#include "loader/hdf5_object.h"

namespace gpt2run {

// A group's member: the address of another object's header under a name.
struct Hdf5Link {
  std::string name;
  uint64_t address = 0;
};

// Whether an object is a group, and not a dataset or a type.
bool is_hdf5_group(const Hdf5Object& object);

// A group's members: of a symbol table (what Keras writes: a B-tree of nodes, names in a heap), or
// of link messages in the header itself.
//   group  its path, for messages: "transformer/h"
// Errors: CheckpointError kUnsupported for soft, external and user-defined links, which lead away,
// and for groups whose links are stored "densely", as HDF5 does where libver="latest" is asked for;
// kCorrupt.
// Source: HDF5 File Format Specification, III.A.1, III.B, III.C, III.D, IV.A.2.g.
std::vector<Hdf5Link> list_hdf5_links(Hdf5Input& input, const Hdf5Object& object,
                                      const std::string& group);

}  // namespace gpt2run
