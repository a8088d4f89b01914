#include "fuzz/support/two_files.h"

#include <stdlib.h>

#include <algorithm>
#include <stdexcept>

#include "loader/little_endian.h"

namespace gpt2run {

TwoFiles::TwoFiles(const std::string& first, const std::string& second) {
  std::string name = std::filesystem::temp_directory_path() / "gpt2run-fuzz-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  folder_ = name;
  std::filesystem::create_symlink(first_.path(), folder_ / first);
  std::filesystem::create_symlink(second_.path(), folder_ / second);
}

TwoFiles::~TwoFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void TwoFiles::write(std::string_view bytes) const {
  const size_t n_first = first_file_bytes(bytes);
  bytes.remove_prefix(std::min(bytes.size(), kTwoFilesLengthBytes));
  first_.write(std::string(bytes.substr(0, n_first)));
  second_.write(std::string(bytes.substr(n_first)));
}

size_t first_file_bytes(std::string_view bytes) {
  if (bytes.size() < kTwoFilesLengthBytes) return 0;
  return std::min<uint64_t>(load_little_endian(bytes.substr(0, kTwoFilesLengthBytes)),
                            bytes.size() - kTwoFilesLengthBytes);
}

}  // namespace gpt2run
