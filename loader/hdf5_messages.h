#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/hdf5_input.h"
#include "loader/hdf5_object.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// What messages of an object's header say. All errors: CheckpointError kCorrupt; kUnsupported for
// versions that are not read.
// Source: HDF5 File Format Specification, IV.A.2.

// A dataspace's shape. One that is null, without items, has the shape [0].
std::vector<int64_t> parse_hdf5_shape(const Hdf5Input& input, const Hdf5Message& message);

struct Hdf5Type {
  DType dtype = DType::kOther;
  uint64_t n_bytes = 0;             // an item's
  bool is_variable_string = false;  // whose items are places in a global heap
};
Hdf5Type parse_hdf5_type(const Hdf5Input& input, const Hdf5Message& message);

// How a dataset's items are stored.
struct Hdf5Layout {
  enum class Kind { kCompact = 0, kContiguous = 1, kChunked = 2, kVirtual = 3 };
  Kind kind = Kind::kContiguous;
  uint64_t address = 0;         // of the items; of chunks' tree; kHdf5NoAddress if there are none
  uint64_t n_bytes = 0;         // stored, where they stand together
  std::vector<uint64_t> chunk;  // the shape of one, in items
  uint64_t n_item_bytes = 0;    // as a chunked layout says
};
Hdf5Layout parse_hdf5_layout(const Hdf5Input& input, const Hdf5Message& message);

// A filter that was applied to each chunk as it was written, in this order.
struct Hdf5Filter {
  enum Id : uint16_t { kDeflate = 1, kShuffle = 2, kFletcher32 = 3 };
  uint16_t id = 0;
  std::string name;  // where the file gives one
};
std::vector<Hdf5Filter> parse_hdf5_filters(const Hdf5Input& input, const Hdf5Message& message);

}  // namespace gpt2run
