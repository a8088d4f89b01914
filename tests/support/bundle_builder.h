#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/params.h"
#include "loader/bundle_entry.h"

namespace gpt2run {

// Pieces of protobuf's wire format.
std::string varint(uint64_t value);
std::string proto_number(int field, uint64_t value);
std::string proto_bytes(int field, const std::string& bytes);
std::string proto_shape(const std::vector<int64_t>& shape);  // a TensorShapeProto
std::string proto_slice(const std::vector<SliceExtent>& extents);

// Writes LevelDB tables, with right checksums whatever stands in them.
class TableBuilder {
 public:
  bool snappy = false;
  size_t block_bytes = 256 << 10;  // when a block is ended
  int restart_interval = 16;

  // Hooks for damage.
  std::function<void(std::string& block)> edit_block = [](std::string&) {};  // data, unpacked
  std::function<void(std::string& stored, char& type)> edit_stored = [](std::string&, char&) {};
  std::function<void(std::string& block)> edit_index_block = [](std::string&) {};
  std::function<void(std::string& footer)> edit_footer = [](std::string&) {};

  // The keys need not be sorted: that can be the damage.
  std::string build(const std::vector<std::pair<std::string, std::string>>& entries) const;
};

// The 48 bytes at a table's end.
std::string table_footer(uint64_t metaindex_offset, uint64_t metaindex_bytes, uint64_t index_offset,
                         uint64_t index_bytes);

// One tensor as it goes into a bundle. All fields can be set wrong; crc32c is of `data` unless
// `masked_crc32c` is set.
struct BuiltTensor {
  std::string name;
  int dtype = 1;
  std::vector<int64_t> shape;
  std::string data;
  int shard = 0;
  uint64_t offset = 0;          // where its data is put, set by BundleBuilder::lay_out
  std::string extra;            // more fields, after the right ones: the later of two counts
  bool is_partitioned = false;  // its entry has no data of its own
};

// A whole GPT-2 bundle with hparams.json, right in all parts but those that a test sets.
class BundleBuilder {
 public:
  // Every weight of such a model, with values from a fixed seed.
  explicit BundleBuilder(const Hparams& hparams = {
                             .n_vocab = 5, .n_ctx = 3, .n_embd = 4, .n_head = 2, .n_layer = 2});

  Hparams hparams;
  int n_shards = 1;
  std::string header;  // BundleHeaderProto
  std::vector<BuiltTensor> tensors;
  TableBuilder table;
  // The last word on the index: key and value, sorted.
  std::function<void(std::vector<std::pair<std::string, std::string>>&)> edit_entries =
      [](std::vector<std::pair<std::string, std::string>>&) {};

  BuiltTensor& tensor(const std::string& name);
  void erase(const std::string& name);
  BuiltTensor& add(const std::string& name, const std::vector<int64_t>& shape);  // float32 zeros

  // Replaces a variable by slices along its first dimension, at these starts.
  void partition(const std::string& name, const std::vector<int64_t>& starts);

  // Writes folder/model.ckpt.*, checkpoint and hparams.json.
  void write(const std::filesystem::path& folder);

  // An entry's value, with its data at offset.
  static std::string entry_proto(const BuiltTensor& tensor);

 private:
  void lay_out();
};

// float32 values as they stand in a file.
std::string float_bytes(const std::vector<float>& values);

}  // namespace gpt2run
