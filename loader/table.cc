#include "loader/table.h"

#include "base/printable.h"
#include "loader/little_endian.h"
#include "loader/proto.h"
#include "loader/table_block.h"

namespace gpt2run {
namespace {

[[noreturn]] void fail(const InputFile& file, const std::string& where, const std::string& what) {
  throw CheckpointError(ErrorKind::kCorrupt, file.path().string(), where, what);
}

BlockHandle take_handle(const InputFile& file, const std::string& where, std::string_view& bytes) {
  const auto offset = take_varint(bytes);
  const auto n_bytes = offset ? take_varint(bytes) : std::nullopt;
  if (!n_bytes) fail(file, where, "expected a block's offset and size, found a malformed varint");
  return {*offset, *n_bytes};
}

}  // namespace

Table::Table(const InputFile& file) : file_(file) {
  if (file.size() < kTableFooterBytes) {
    fail(file, "",
         "expected at least " + std::to_string(kTableFooterBytes) + " bytes, found " +
             std::to_string(file.size()) + "; the file is cut off, download it again");
  }
  const uint64_t footer_at = file.size() - kTableFooterBytes;
  std::string footer(kTableFooterBytes, '\0');
  file.read_at(footer_at, footer.data(), footer.size());
  const uint64_t magic = load_little_endian(std::string_view(footer).substr(kTableFooterBytes - 8));
  const std::string where = "footer at byte " + std::to_string(footer_at);
  if (magic != kTableMagic) {
    fail(file, where,
         "expected a LevelDB table's last 8 bytes (57 fb 80 8b 24 75 47 db), found others; the "
         "file is cut off, or is no TensorFlow index");
  }
  std::string_view rest(footer.data(), kTableFooterBytes - 8);
  const BlockHandle metaindex = take_handle(file, where, rest);
  const BlockHandle index = take_handle(file, where, rest);
  read_block(file, metaindex, footer_at);  // not needed, but damage there is damage
  index_block_ = read_block(file, index, footer_at);
  index_offset_ = index.offset;
}

void Table::for_each(const Visit& visit) const {
  std::string last_key;
  bool any_key = false, go_on = true;
  uint64_t data_end = 0;
  const std::string where = "index block at byte " + std::to_string(index_offset_);
  const auto visit_block = [&](std::string_view separator, std::string_view value) {
    const BlockHandle handle = take_handle(file_, where, value);
    // Blocks stand one after the other, before the index block: none is read twice.
    if (!value.empty() || handle.offset < data_end) {
      fail(file_, where, "expected data blocks that follow one another, found an overlap");
    }
    const std::string block = read_block(file_, handle, index_offset_);
    data_end = handle.offset + handle.n_bytes + kBlockTrailerBytes;
    const std::string block_where = "block at byte " + std::to_string(handle.offset);
    for_each_in_block(file_, handle.offset, block, [&](std::string_view key, std::string_view v) {
      if (any_key && key <= last_key) {
        fail(
            file_, block_where,
            "key \"" + printable(key) + "\" " +
                (key == last_key ? "stands twice" : "comes after \"" + printable(last_key) + "\"") +
                "; expected ascending keys, the file is damaged");
      }
      any_key = true;
      last_key = key;
      go_on = visit(key, v);
      return go_on;
    });
    if (go_on && any_key && last_key > separator) {
      fail(file_, where,
           "expected a key not before \"" + printable(last_key) + "\", found \"" +
               printable(separator) + "\"");
    }
    return go_on;
  };
  for_each_in_block(file_, index_offset_, index_block_, visit_block);
}

bool Table::find(std::string_view key,
                 const std::function<void(std::string_view value)>& visit) const {
  bool is_found = false;
  const std::string where = "index block at byte " + std::to_string(index_offset_);
  const auto visit_block = [&](std::string_view separator, std::string_view value) {
    if (separator < key) return true;
    const BlockHandle handle = take_handle(file_, where, value);
    const std::string block = read_block(file_, handle, index_offset_);
    for_each_in_block(file_, handle.offset, block, [&](std::string_view found, std::string_view v) {
      is_found = found == key;
      if (is_found) visit(v);
      return found < key;
    });
    return false;  // the key is in the first block that does not end before it, or nowhere
  };
  for_each_in_block(file_, index_offset_, index_block_, visit_block);
  return is_found;
}

}  // namespace gpt2run
