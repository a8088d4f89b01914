#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// Builds a LevelDB table in memory, byte for byte as TensorFlow builds an `.index`: not compressed,
// blocks of 256 KiB, a key in full at every 16th entry.
// Source: leveldb table/table_builder.cc, table/block_builder.cc, util/comparator.cc; tensorflow
// core/util/tensor_bundle/tensor_bundle.cc, BundleWriter::Finish.
class TableWriter {
 public:
  // Requires: keys ascend strictly, bytewise; none is longer than 2^32.
  void add(std::string_view key, std::string_view value);

  // The whole table. Nothing may be added after.
  std::string finish();

 private:
  // Entries, each with what its key shares with the one before left out; then where the full keys
  // stand.
  class Block {
   public:
    explicit Block(int restart_interval) : restart_interval_(restart_interval) {}
    void add(std::string_view key, std::string_view value);
    size_t n_bytes() const { return bytes_.size() + 4 * restarts_.size() + 4; }
    bool is_empty() const { return bytes_.empty(); }
    std::string finish();

   private:
    int restart_interval_;
    int n_since_restart_ = 0;
    std::string bytes_, last_key_;
    std::vector<uint32_t> restarts_ = {0};
  };

  std::string append_block(const std::string& block);
  void end_block(const std::string& separator);

  std::string table_;
  Block block_{16};
  Block index_{1};
  std::string last_key_;
  std::string ended_block_;  // the handle of a block that the index does not have yet
};

}  // namespace gpt2run
