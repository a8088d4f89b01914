#include "loader/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "loader/crc32c.h"

namespace gpt2run {

void Fingerprint::extend(const float* values, size_t n) {
  crc_ = extend_crc32c(crc_, values, n * sizeof(float));
  uint64_t sum = 0;  // a member would be stored each time
  for (size_t i = 0; i < n; ++i) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof(bits));
    sum += bits;
  }
  sum_ += sum;
}

Fingerprint fingerprint_of_zeros(uint64_t n) {
  constexpr size_t kPiece = 4096;
  const std::vector<float> zeros(std::min<uint64_t>(n, kPiece));
  Fingerprint fingerprint;
  for (; n > 0; n -= std::min<uint64_t>(n, kPiece)) {
    fingerprint.extend(zeros.data(), std::min<uint64_t>(n, kPiece));
  }
  return fingerprint;
}

}  // namespace gpt2run
