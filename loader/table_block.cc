#include "loader/table_block.h"

#include <snappy.h>

#include <limits>

#include "loader/checkpoint_error.h"
#include "loader/crc32c.h"
#include "loader/describe.h"
#include "loader/little_endian.h"
#include "loader/proto.h"

namespace gpt2run {
namespace {

enum class Compression { kNone = 0, kSnappy = 1, kZstd = 2 };

std::string block_at(uint64_t offset) {
  return "block at byte " + std::to_string(offset);
}

[[noreturn]] void fail(const InputFile& file, uint64_t offset, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, file.path().string(), block_at(offset), what);
}

uint32_t little_endian_32(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(load_little_endian(bytes.substr(at, 4)));
}

std::string unpack_snappy(const InputFile& file, uint64_t offset, std::string_view packed) {
  // A 3-byte copy element gives at most 64 bytes, so a block that claims more than 22 times its
  // size lies about it.
  constexpr size_t kMaxRatio = 22;
  size_t n_bytes = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &n_bytes) ||
      n_bytes > packed.size() * kMaxRatio || n_bytes > kMaxUnpackedBytes) {
    fail(file, offset,
         "its snappy data claims to unpack to " + std::to_string(n_bytes) + " bytes from " +
             std::to_string(packed.size()) + "; the file is damaged");
  }
  std::string block(n_bytes, '\0');
  if (!snappy::RawUncompress(packed.data(), packed.size(), block.data())) {
    fail(file, offset, "its snappy data does not unpack; the file is damaged");
  }
  return block;
}

// What stands before each key: how much of the key before it shares, its own bytes, the value's.
struct EntryLengths {
  bool valid = false;
  uint64_t n_shared = 0, n_own = 0, n_value = 0;
};

EntryLengths take_lengths(std::string_view& rest) {
  EntryLengths lengths;
  for (uint64_t* length : {&lengths.n_shared, &lengths.n_own, &lengths.n_value}) {
    const auto value = take_varint(rest);
    if (!value) return lengths;
    *length = *value;
  }
  lengths.valid = true;
  return lengths;
}

}  // namespace

std::string read_block(const InputFile& file, const BlockHandle& handle, uint64_t end) {
  // In this order no sum overflows.
  if (handle.n_bytes > kMaxBlockBytes || handle.offset > end || end - handle.offset < 5 ||
      handle.n_bytes > end - handle.offset - kBlockTrailerBytes) {
    fail(file, handle.offset,
         "expected it to end by byte " + std::to_string(end) + ", found a size of " +
             std::to_string(handle.n_bytes) + " bytes; the file is cut off or damaged");
  }
  std::string block(handle.n_bytes + kBlockTrailerBytes, '\0');
  file.read_at(handle.offset, block.data(), block.size());
  const uint32_t stored = unmask_crc32c(little_endian_32(block, handle.n_bytes + 1));
  const uint32_t found = crc32c(block.data(), handle.n_bytes + 1);
  if (stored != found) {
    fail(file, handle.offset,
         "fails its checksum (crc32c stored " + hex_text(stored) + ", of the bytes " +
             hex_text(found) + "); the file is damaged, download it again");
  }
  const int type = static_cast<unsigned char>(block[handle.n_bytes]);
  block.resize(handle.n_bytes);
  if (type == static_cast<int>(Compression::kNone)) return block;
  if (type == static_cast<int>(Compression::kSnappy)) {
    return unpack_snappy(file, handle.offset, block);
  }
  const bool zstd = type == static_cast<int>(Compression::kZstd);
  fail(file, handle.offset,
       "expected compression 0 (none) or 1 (snappy), found " + std::to_string(type) +
           (zstd ? " (zstd)" : ""),
       ErrorKind::kUnsupported);
}

void for_each_in_block(const InputFile& file, uint64_t offset, std::string_view block,
                       const std::function<bool(std::string_view, std::string_view)>& visit) {
  // The end: a list of restart points (where a key stands in full), 4 bytes each, and their count.
  const uint64_t n_restarts = block.size() < 4 ? 0 : little_endian_32(block, block.size() - 4);
  if (n_restarts == 0 || n_restarts > (block.size() - 4) / 4) {
    fail(file, offset,
         "expected its restart points, found a count of " + std::to_string(n_restarts) + " in " +
             std::to_string(block.size()) + " bytes");
  }
  const size_t n_entries = block.size() - 4 - n_restarts * 4;  // bytes
  std::string_view rest = block.substr(0, n_entries);
  uint64_t i_restart = 0;
  std::string key;
  while (!rest.empty()) {
    const size_t at = n_entries - rest.size();
    const EntryLengths lengths = take_lengths(rest);
    const bool is_restart =
        i_restart < n_restarts && little_endian_32(block, n_entries + i_restart * 4) == at;
    if (!lengths.valid || lengths.n_shared > key.size() || lengths.n_own > rest.size() ||
        lengths.n_value > rest.size() - lengths.n_own || (is_restart && lengths.n_shared != 0)) {
      fail(file, offset,
           "expected a key and a value at its byte " + std::to_string(at) +
               ", found lengths that do not fit; the file is damaged");
    }
    if (is_restart) ++i_restart;
    key.resize(lengths.n_shared);
    key.append(rest.substr(0, lengths.n_own));
    const std::string_view value = rest.substr(lengths.n_own, lengths.n_value);
    rest.remove_prefix(lengths.n_own + lengths.n_value);
    if (!visit(key, value)) return;
  }
  if (n_entries > 0 && i_restart != n_restarts) {
    fail(file, offset, "expected restart points at the start of entries, found others");
  }
}

}  // namespace gpt2run
