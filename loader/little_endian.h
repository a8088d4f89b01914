#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gpt2run {

// A number from its bytes, the lowest first.
//   bytes  at most 8
inline uint64_t load_little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace gpt2run
