#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "support/memory_file.h"
#include "support/test_data.h"

namespace gpt2run {

struct DamageCounts {
  size_t n_refused = 0;  // with a typed error
  size_t n_read = 0;
};

// Calls read on a damaged copy, and counts how that ended. Expects an error that a file can cause,
// of one line, or none; any that is no InputError is let through, and so fails the test.
inline void try_damaged(const std::filesystem::path& path,
                        const std::function<void(const std::filesystem::path&)>& read,
                        DamageCounts& counts) {
  try {
    read(path);
    ++counts.n_read;
  } catch (const InputError& error) {
    ++counts.n_refused;
    const bool is_of_the_file =
        error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported;
    EXPECT_TRUE(is_of_the_file) << error.what();
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
  }
}

// A file on disk, for readers that want a true path; else as MemoryFile.
class DiskFile {
 public:
  std::filesystem::path path() const { return folder_.path() / "file"; }
  void write(const std::string& bytes) { write_bytes(path(), bytes); }

 private:
  TemporaryFolder folder_;
};

// read on every copy of a file with one byte changed, in two ways.
//   step  changes only every step-th byte
template <class File = MemoryFile>
DamageCounts with_every_byte_flipped(const std::string& bytes,
                                     const std::function<void(const std::filesystem::path&)>& read,
                                     size_t step = 1) {
  DamageCounts counts;
  File file;
  for (size_t i = 0; i < bytes.size(); i += step) {
    for (const int bit : {static_cast<int>(i % 8), 7 - static_cast<int>(i % 3)}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      file.write(damaged);
      try_damaged(file.path(), read, counts);
    }
  }
  return counts;
}

// read on every beginning of a file.
template <class File = MemoryFile>
DamageCounts with_every_truncation(const std::string& bytes,
                                   const std::function<void(const std::filesystem::path&)>& read,
                                   size_t step = 1) {
  DamageCounts counts;
  File file;
  for (size_t n = 0; n < bytes.size(); n += step) {
    file.write(bytes.substr(0, n));
    try_damaged(file.path(), read, counts);
  }
  return counts;
}

}  // namespace gpt2run
