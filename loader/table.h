#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "loader/checkpoint_error.h"

namespace gpt2run {

// The end of every LevelDB table, as a little-endian number.
inline constexpr uint64_t kTableMagic = 0xdb4775248b80fb57u;
inline constexpr uint64_t kTableFooterBytes = 48;

// A LevelDB table: sorted pairs of key and value in checksummed blocks. What `.index` files are.
// Every number in it is checked before it is used; every block's crc32c before the block is.
// Source: leveldb doc/table_format.md, table/format.cc, table/block.cc.
class Table {
 public:
  // Reads the footer and the index block.
  //   file  outlives the Table
  // Errors: CheckpointError kCorrupt, with the offset.
  explicit Table(const InputFile& file);

  // Calls visit with each key and value, in order, until it returns false. The views last for the
  // call. Keys ascend strictly, so none comes twice.
  // Errors: CheckpointError kCorrupt, with the offset; what visit throws.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  void for_each(const Visit& visit) const;

  // Calls visit with one key's value, reading only the blocks where it may be. False if there is no
  // such key.
  // Errors: as for_each's.
  bool find(std::string_view key, const std::function<void(std::string_view value)>& visit) const;

 private:
  const InputFile& file_;
  uint64_t index_offset_ = 0;
  std::string index_block_;
};

}  // namespace gpt2run
