#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace gpt2run {

// Where a block stands in its table. The trailer (type and crc32c) comes after it.
struct BlockHandle {
  uint64_t offset = 0;
  uint64_t n_bytes = 0;
};
inline constexpr uint64_t kBlockTrailerBytes = 5;

// The longest block that is read: a V1 checkpoint has a whole tensor in one, up to protobuf's
// limit. One that is packed unpacks to less: TensorFlow cuts those at 256 KiB.
inline constexpr uint64_t kMaxBlockBytes = uint64_t{2} << 30;
inline constexpr uint64_t kMaxUnpackedBytes = uint64_t{64} << 20;

// Reads a block, checks its crc32c, and unpacks it where it is packed with snappy.
//   end  the block and its trailer end there at the latest
// Errors: CheckpointError kCorrupt, with the block's offset; kUnsupported for a compression that
// is not read.
std::string read_block(const InputFile& file, const BlockHandle& handle, uint64_t end);

// Calls visit with each key and value of a block, in order, until it returns false.
//   file, offset  for messages
// Errors: CheckpointError kCorrupt, with the block's offset; what visit throws.
void for_each_in_block(const InputFile& file, uint64_t offset, std::string_view block,
                       const std::function<bool(std::string_view, std::string_view)>& visit);

}  // namespace gpt2run
