#pragma once

#include <cstddef>
#include <cstdint>

namespace gpt2run {

// The CRC-32C (Castagnoli) of what gave `crc` followed by these bytes.
uint32_t extend_crc32c(uint32_t crc, const void* bytes, size_t n_bytes);

inline uint32_t crc32c(const void* bytes, size_t n_bytes) {
  return extend_crc32c(0, bytes, n_bytes);
}

// A crc stored beside the bytes that it covers is masked, so that a crc over both is no special
// value. Source: leveldb util/crc32c.h.
inline uint32_t mask_crc32c(uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}
inline uint32_t unmask_crc32c(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace gpt2run
