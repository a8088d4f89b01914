#pragma once

#include <cstddef>
#include <cstdint>

namespace gpt2run {

// Tells whether two long lists of numbers are the same, bit for bit, where only one of them can be
// in memory: a CRC-32C, which finds every burst of damage of up to 32 bits, and the sum of the
// numbers' bits. Numbers that differ by chance have the same one once in 2^64.
class Fingerprint {
 public:
  // Takes the numbers that follow.
  void extend(const float* values, size_t n);

  bool operator==(const Fingerprint&) const = default;

 private:
  uint32_t crc_ = 0;
  uint64_t sum_ = 0;
};

// That of n zeros.
Fingerprint fingerprint_of_zeros(uint64_t n);

}  // namespace gpt2run
