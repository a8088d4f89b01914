#include "loader/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace gpt2run {

uint32_t extend_crc32c(uint32_t crc, const void* bytes, size_t n_bytes) {
  constexpr size_t kMaxPiece = size_t{1} << 30;  // ISA-L counts in int
  // ISA-L takes and gives the register, whose complement is the CRC. It does not write.
  auto* at = static_cast<unsigned char*>(const_cast<void*>(bytes));
  uint32_t state = ~crc;
  while (n_bytes > 0) {
    const size_t n = std::min(n_bytes, kMaxPiece);
    state = crc32_iscsi(at, static_cast<int>(n), state);
    at += n;
    n_bytes -= n;
  }
  return ~state;
}

}  // namespace gpt2run
