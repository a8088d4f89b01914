#include "loader/hdf5_filters.h"

#include <isa-l/igzip_lib.h>

#include <memory>

#include "loader/describe.h"
#include "loader/hdf5_checksum.h"
#include "loader/little_endian.h"

namespace gpt2run {
namespace {

constexpr uint64_t kChecksumBytes = 4;

std::optional<std::string> check_fletcher32(std::string& bytes) {
  if (bytes.size() < kChecksumBytes) return "its chunk has no room for its checksum";
  const size_t n = bytes.size() - kChecksumBytes;
  const std::string_view all = bytes;
  const auto stored = static_cast<uint32_t>(load_little_endian(all.substr(n)));
  const uint32_t found = hdf5_fletcher32(all.substr(0, n));
  if (stored != found) {
    return "expected a chunk's fletcher32 " + hex_text(stored) + ", found " + hex_text(found);
  }
  bytes.resize(n);
  return std::nullopt;
}

// n_most is what may stand before this filter: the chunk, and checksums.
std::optional<std::string> unpack_gzip(std::string& bytes, uint64_t n_most) {
  if (n_most / kMaxHdf5GzipRatio > bytes.size()) return "its chunk is too short for its items";
  std::string unpacked(n_most, '\0');
  const auto state = std::make_unique<inflate_state>();
  isal_inflate_init(state.get());
  state->crc_flag = ISAL_ZLIB;
  state->next_in = reinterpret_cast<uint8_t*>(bytes.data());
  state->avail_in = static_cast<uint32_t>(bytes.size());
  state->next_out = reinterpret_cast<uint8_t*>(unpacked.data());
  state->avail_out = static_cast<uint32_t>(unpacked.size());
  const int result = isal_inflate_stateless(state.get());
  if (result != ISAL_DECOMP_OK) {
    return "its gzip data do not unpack (ISA-L's error " + std::to_string(result) + ")";
  }
  unpacked.resize(state->total_out);
  bytes = std::move(unpacked);
  return std::nullopt;
}

// The first bytes of all items, the second ones, ...; what is no whole item is left at the end.
void undo_shuffle(std::string& bytes, uint64_t n_item_bytes) {
  const size_t n_items = bytes.size() / n_item_bytes;
  std::string items = bytes;
  for (size_t byte = 0; byte < n_item_bytes; ++byte) {
    for (size_t i = 0; i < n_items; ++i) {
      items[i * n_item_bytes + byte] = bytes[byte * n_items + i];
    }
  }
  bytes = std::move(items);
}

}  // namespace

bool is_known_hdf5_filter(const Hdf5Filter& filter) {
  return filter.id == Hdf5Filter::kDeflate || filter.id == Hdf5Filter::kShuffle ||
         filter.id == Hdf5Filter::kFletcher32;
}

std::optional<std::string> unpack_hdf5_chunk(const std::vector<Hdf5Filter>& filters,
                                             uint32_t left_out, std::string& stored,
                                             uint64_t n_item_bytes, uint64_t n_bytes) {
  for (size_t i = filters.size(); i-- > 0;) {
    if (i < 32 && (left_out >> i & 1) != 0) continue;
    std::optional<std::string> problem;
    if (filters[i].id == Hdf5Filter::kFletcher32) problem = check_fletcher32(stored);
    if (filters[i].id == Hdf5Filter::kDeflate) {
      problem = unpack_gzip(stored, n_bytes + i * kChecksumBytes);
    }
    if (filters[i].id == Hdf5Filter::kShuffle) undo_shuffle(stored, n_item_bytes);
    if (problem) return problem;
  }
  if (stored.size() == n_bytes) return std::nullopt;
  return "expected a chunk of " + std::to_string(n_bytes) + " bytes, found " +
         std::to_string(stored.size());
}

}  // namespace gpt2run
