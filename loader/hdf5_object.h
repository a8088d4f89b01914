#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/hdf5_input.h"

namespace gpt2run {

// What an object's header holds: messages that say what it is, one after the other.
struct Hdf5Message {
  enum Type : uint16_t {
    kDataspace = 0x01,
    kLinkInfo = 0x02,
    kDatatype = 0x03,
    kLink = 0x06,
    kExternalFiles = 0x07,
    kLayout = 0x08,
    kFilters = 0x0B,
    kAttribute = 0x0C,
    kContinuation = 0x10,
    kSymbolTable = 0x11,
  };
  uint16_t type = 0;
  bool is_shared = false;  // it says where the message is, not what
  uint64_t address = 0;    // of bytes
  std::string bytes;
};

// A group or a dataset. The rest of what is in the file is found through its messages.
struct Hdf5Object {
  uint64_t address = 0;
  std::vector<Hdf5Message> messages;

  const Hdf5Message* find(Hdf5Message::Type type) const;  // the first; null if there is none
};

// Reads an object header of version 1 or 2 with all its blocks.
// Errors: CheckpointError kCorrupt; kUnsupported for another version.
// Source: HDF5 File Format Specification, IV.A.1.
Hdf5Object read_hdf5_object(Hdf5Input& input, uint64_t address);

}  // namespace gpt2run
