#include "loader/string_tensor.h"

#include <limits>

#include "loader/crc32c.h"
#include "loader/little_endian.h"
#include "loader/proto.h"

namespace gpt2run {

std::optional<uint32_t> string_tensor_crc32c(std::string_view bytes, uint64_t n_strings) {
  constexpr size_t kCrcBytes = 4;
  uint32_t crc = 0;
  uint64_t n_text_bytes = 0;
  for (uint64_t i = 0; i < n_strings; ++i) {
    const auto length = take_varint(bytes);
    if (!length || __builtin_add_overflow(n_text_bytes, *length, &n_text_bytes)) {
      return std::nullopt;
    }
    const bool is_short = *length <= std::numeric_limits<uint32_t>::max();
    crc = extend_crc32c(crc, &*length, is_short ? sizeof(uint32_t) : sizeof(uint64_t));
  }
  if (bytes.size() < kCrcBytes || bytes.size() - kCrcBytes != n_text_bytes) return std::nullopt;
  if (load_little_endian(bytes.substr(0, kCrcBytes)) != mask_crc32c(crc)) return std::nullopt;
  return extend_crc32c(crc, bytes.data(), bytes.size());
}

}  // namespace gpt2run
