#include "fuzz/support/repair.h"

#include <cstring>
#include <optional>
#include <string_view>

#include "fuzz/support/two_files.h"
#include "loader/crc32c.h"
#include "loader/hdf5_checksum.h"
#include "loader/little_endian.h"
#include "loader/proto.h"
#include "loader/table.h"
#include "loader/table_block.h"

namespace gpt2run {
namespace {

uint64_t number_at(std::span<const char> bytes, size_t at, size_t n) {
  return load_little_endian({bytes.data() + at, n});
}

void store_32(std::span<char> bytes, size_t at, uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

std::optional<BlockHandle> take_handle(std::string_view& bytes) {
  const auto offset = take_varint(bytes);
  const auto n_bytes = offset ? take_varint(bytes) : std::nullopt;
  if (!n_bytes) return std::nullopt;
  return BlockHandle{*offset, *n_bytes};
}

// Returns the block; nothing if it does not lie inside.
std::string_view repair_block(std::span<char> bytes, const std::optional<BlockHandle>& handle) {
  if (!handle || bytes.size() < kBlockTrailerBytes) return {};
  const uint64_t most = bytes.size() - kBlockTrailerBytes;
  if (handle->offset > most || handle->n_bytes > most - handle->offset) return {};
  const char* const block = bytes.data() + handle->offset;
  const uint64_t end = handle->offset + handle->n_bytes;
  store_32(bytes, end + 1, mask_crc32c(crc32c(block, handle->n_bytes + 1)));
  return {block, handle->n_bytes};
}

// The values of an index block whose keys share nothing with each other, as they are written.
void repair_data_blocks(std::span<char> bytes, std::string_view index) {
  while (true) {
    const auto n_shared = take_varint(index);
    const auto n_own = n_shared ? take_varint(index) : std::nullopt;
    const auto n_value = n_own ? take_varint(index) : std::nullopt;
    if (!n_value || *n_own > index.size() || *n_value > index.size() - *n_own) return;
    std::string_view value = index.substr(*n_own, *n_value);
    repair_block(bytes, take_handle(value));
    index.remove_prefix(*n_own + *n_value);
  }
}

// zip's CRC-32.
uint32_t crc32_of(std::span<const char> bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

// One entry of the directory: its member's bytes stand behind a header of their own.
void repair_member(std::span<char> bytes, size_t entry) {
  constexpr size_t kLocalBytes = 30;
  const bool is_stored = number_at(bytes, entry + 10, 2) == 0;
  const size_t n = number_at(bytes, entry + 20, 4), local = number_at(bytes, entry + 42, 4);
  if (!is_stored || local > bytes.size() || bytes.size() - local < kLocalBytes) return;
  const size_t begin =
      local + kLocalBytes + number_at(bytes, local + 26, 2) + number_at(bytes, local + 28, 2);
  if (begin > bytes.size() || n > bytes.size() - begin) return;
  store_32(bytes, entry + 16, crc32_of(bytes.subspan(begin, n)));
}

}  // namespace

void repair_table(std::span<char> bytes) {
  if (bytes.size() < kTableFooterBytes) return;
  std::string_view footer(bytes.data() + bytes.size() - kTableFooterBytes, kTableFooterBytes);
  const auto metaindex = take_handle(footer);
  const auto index = take_handle(footer);
  repair_block(bytes, metaindex);
  repair_data_blocks(bytes, repair_block(bytes, index));
}

void repair_first_table(std::span<char> bytes) {
  const size_t n = first_file_bytes({bytes.data(), bytes.size()});
  if (n > 0) repair_table(bytes.subspan(kTwoFilesLengthBytes, n));
}

void repair_zip(std::span<char> bytes) {
  constexpr size_t kEntryBytes = 46;
  const std::string_view text(bytes.data(), bytes.size());
  for (size_t at = text.find("PK\x01\x02"); at != text.npos; at = text.find("PK\x01\x02", at + 4)) {
    if (bytes.size() - at >= kEntryBytes) repair_member(bytes, at);
  }
}

void repair_hdf5(std::span<char> bytes) {
  constexpr size_t kSuperblockBytes = 48, kChecksumBytes = 4;
  const auto repair = [&](size_t at, size_t n_bytes) {
    const size_t n = n_bytes - kChecksumBytes;
    store_32(bytes, at + n, hdf5_lookup3({bytes.data() + at, n}));
  };
  const std::string_view text(bytes.data(), bytes.size());
  const size_t superblock = text.find("\x89HDF\r\n\x1a\n");
  if (superblock != text.npos && bytes.size() - superblock >= kSuperblockBytes &&
      bytes[superblock + 8] >= 2) {
    repair(superblock, kSuperblockBytes);
  }
  for (size_t at = text.find("OHDR"); at != text.npos; at = text.find("OHDR", at + 4)) {
    constexpr size_t kMaxPrefix = 4 + 2 + 16 + 4 + 8;
    if (bytes.size() - at < kMaxPrefix) return;
    const auto flags = static_cast<unsigned char>(bytes[at + 5]);
    const size_t n_skipped = ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
    const size_t n_width = size_t{1} << (flags & 3);
    const uint64_t n_messages = number_at(bytes, at + 6 + n_skipped, n_width);
    const size_t n_others = 6 + n_skipped + n_width + kChecksumBytes;
    if (n_messages <= bytes.size() - at && n_others <= bytes.size() - at - n_messages) {
      repair(at, n_messages + n_others);
    }
  }
}

}  // namespace gpt2run
