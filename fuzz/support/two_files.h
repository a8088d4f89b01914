#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "support/memory_file.h"

namespace gpt2run {

// Two files that are read together, in a folder of their own. A fuzzer has one text for both: the
// length of the first (4 bytes, little-endian), the first, the second.
class TwoFiles {
 public:
  TwoFiles(const std::string& first, const std::string& second);
  ~TwoFiles();
  TwoFiles(const TwoFiles&) = delete;
  TwoFiles& operator=(const TwoFiles&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  void write(std::string_view bytes) const;

 private:
  std::filesystem::path folder_;  // of links to the files, which are in memory
  mutable MemoryFile first_, second_;
};

// How many bytes of such a text the first file has, which start at kTwoFilesLengthBytes.
inline constexpr size_t kTwoFilesLengthBytes = 4;
size_t first_file_bytes(std::string_view bytes);

}  // namespace gpt2run
