#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "support/memory_file.h"

namespace gpt2run {

struct DamageCounts {
  size_t n_refused = 0;  // with a typed error
  size_t n_read = 0;
};

// Calls read on a damaged copy, and counts how that ended. Any error that is no InputError is let
// through, and so fails the test.
inline void try_damaged(const MemoryFile& file,
                        const std::function<void(const std::filesystem::path&)>& read,
                        DamageCounts& counts) {
  try {
    read(file.path());
    ++counts.n_read;
  } catch (const InputError&) {
    ++counts.n_refused;
  }
}

// read on every copy of a file with one byte changed, in two ways.
//   step  changes only every step-th byte
inline DamageCounts with_every_byte_flipped(
    const std::string& bytes, const std::function<void(const std::filesystem::path&)>& read,
    size_t step = 1) {
  DamageCounts counts;
  MemoryFile file;
  for (size_t i = 0; i < bytes.size(); i += step) {
    for (const int bit : {static_cast<int>(i % 8), 7 - static_cast<int>(i % 3)}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      file.write(damaged);
      try_damaged(file, read, counts);
    }
  }
  return counts;
}

// read on every beginning of a file.
inline DamageCounts with_every_truncation(
    const std::string& bytes, const std::function<void(const std::filesystem::path&)>& read,
    size_t step = 1) {
  DamageCounts counts;
  MemoryFile file;
  for (size_t n = 0; n < bytes.size(); n += step) {
    file.write(bytes.substr(0, n));
    try_damaged(file, read, counts);
  }
  return counts;
}

}  // namespace gpt2run
