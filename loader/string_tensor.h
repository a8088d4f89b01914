#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gpt2run {

// How a bundle's data file stores a tensor of strings: the lengths as varints, the masked crc32c of
// the lengths (4 bytes), the strings' bytes.

// The crc32c that the index has for such a tensor: of the lengths as little-endian numbers of 32
// bits (64 where one does not fit), of those 4 bytes, and of the strings.
//   bytes  as stored
// Nothing if the lengths do not fit in bytes, or their own checksum is wrong.
// Source: tensorflow core/util/tensor_bundle/tensor_bundle.cc, WriteStringTensor.
std::optional<uint32_t> string_tensor_crc32c(std::string_view bytes, uint64_t n_strings);

}  // namespace gpt2run
