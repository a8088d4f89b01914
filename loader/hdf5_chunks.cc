#include "loader/hdf5_chunks.h"

#include <algorithm>
#include <set>

#include "loader/hdf5_btree.h"

namespace gpt2run {
namespace {

constexpr const char* kWhat = "a dataset's chunk";
constexpr uint64_t kMaxChunkBytes = uint64_t{1} << 30;

void check_chunk_bytes(const Hdf5Input& input, const Hdf5Layout& layout) {
  uint64_t n_bytes = layout.n_item_bytes;
  bool overflow = false;
  for (const uint64_t size : layout.chunk) {
    overflow |= __builtin_mul_overflow(n_bytes, size, &n_bytes);
  }
  if (!overflow && n_bytes <= kMaxChunkBytes) return;
  input.fail(layout.address, "has chunks of more than 1 GiB", ErrorKind::kUnsupported);
}

// How many chunks cover the shape; nothing can have as many as 2^64.
uint64_t count_chunks(const std::vector<int64_t>& shape, const Hdf5Layout& layout) {
  uint64_t n = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    const auto size = static_cast<uint64_t>(shape[d]);
    n *= size / layout.chunk[d] + (size % layout.chunk[d] != 0 ? 1 : 0);
  }
  return n;
}

// The key: bytes stored, filters left out, where the chunk starts in each dimension and in an item.
Hdf5Chunk parse_key(const Hdf5Input& input, const Hdf5TreeEntry& entry,
                    const std::vector<int64_t>& shape, const Hdf5Layout& layout) {
  Hdf5Fields fields(input, entry.child, entry.key, kWhat);
  Hdf5Chunk chunk;
  chunk.n_bytes = fields.number(4);
  chunk.left_out = static_cast<uint32_t>(fields.number(4));
  for (size_t d = 0; d < shape.size(); ++d) {
    const uint64_t start = fields.number(8), size = static_cast<uint64_t>(shape[d]);
    if (start % layout.chunk[d] != 0 || start >= size) {
      fields.fail("expected it to start at a multiple of " + std::to_string(layout.chunk[d]) +
                  " below " + std::to_string(size) + ", found " + std::to_string(start));
    }
    chunk.extents.push_back({static_cast<int64_t>(start),
                             static_cast<int64_t>(std::min(layout.chunk[d], size - start))});
  }
  chunk.offset = input.offset(entry.child, chunk.n_bytes, kWhat);
  return chunk;
}

}  // namespace

std::vector<Hdf5Chunk> list_hdf5_chunks(Hdf5Input& input, const std::vector<int64_t>& shape,
                                        const Hdf5Layout& layout) {
  check_chunk_bytes(input, layout);
  const size_t n_key_bytes = 4 + 4 + 8 * (shape.size() + 1);
  std::vector<Hdf5Chunk> chunks;
  std::set<std::vector<int64_t>> starts;
  uint64_t n_stored = 0;
  for (const Hdf5TreeEntry& entry :
       read_hdf5_btree(input, layout.address, Hdf5TreeKind::kChunks, n_key_bytes)) {
    chunks.push_back(parse_key(input, entry, shape, layout));
    std::vector<int64_t> start;
    for (const SliceExtent& extent : chunks.back().extents) start.push_back(extent.start);
    if (!starts.insert(std::move(start)).second) input.fail(layout.address, "has a chunk twice");
    n_stored += chunks.back().n_bytes;
    if (n_stored > input.n_bytes()) {
      input.fail(layout.address, "has chunks of more bytes than the file: they overlap");
    }
  }
  const uint64_t n_chunks = count_chunks(shape, layout);
  if (chunks.size() != n_chunks) {
    input.fail(layout.address, "expected " + std::to_string(n_chunks) + " chunks, found " +
                                   std::to_string(chunks.size()) +
                                   "; the file was never finished, or is damaged");
  }
  return chunks;
}

}  // namespace gpt2run
