#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loader/dtype.h"
#include "loader/slices.h"

namespace gpt2run {

// One slice of a partitioned variable.
struct BundleSlice {
  SliceExtents extents;  // one a dimension; none is kFull once the index is checked
  size_t part = 0;       // its data: BundleIndex::parts[part]
};

// What a bundle's index says of one tensor. Source: tensorflow core/protobuf/tensor_bundle.proto.
struct BundleEntry {
  std::string name;
  const TensorFlowType* type = nullptr;
  std::vector<int64_t> shape;       // empty: a scalar
  int shard = 0;                    // which data file
  uint64_t offset = 0;              // in it
  uint64_t n_bytes = 0;             // 0 where there are slices
  uint32_t crc32c = 0;              // of its bytes, unmasked
  std::vector<BundleSlice> slices;  // of a partitioned variable, whose data is in its parts

  uint64_t n_items() const {
    uint64_t n = 1;
    for (const int64_t size : shape) n *= static_cast<uint64_t>(size);
    return n;
  }
};

// Reads an entry and checks all that can be checked of it alone: its type, shape, size and
// numbers.
//   path      the index, for messages
//   name      the entry's key
//   n_shards  how many data files the header says there are
// Errors: CheckpointError kCorrupt; kUnsupported for more slices than are read.
BundleEntry parse_bundle_entry(const std::string& path, std::string name, std::string_view value,
                               int n_shards);

}  // namespace gpt2run
