#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace gpt2run {

// A regular file opened for reading at any 64-bit offset.
// Owns: the file descriptor. Threads: read_at may be called from several threads at once.
class InputFile {
 public:
  // Errors: InputError kNotFound if there is no such file (a broken or looping symbolic link
  // included); not_regular if it is a folder, FIFO or device (none is ever opened, so none can
  // block); kRuntime if the system refuses to open it.
  explicit InputFile(const std::filesystem::path& path,
                     ErrorKind not_regular = ErrorKind::kCorrupt);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  InputFile(const InputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }  // bytes, when it was opened

  // Fills buffer with n_bytes from offset.
  // Errors: InputError kCorrupt if the file ends before (it may have shrunk since it was opened);
  // kRuntime if the read fails.
  void read_at(uint64_t offset, void* buffer, size_t n_bytes) const;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

// Reads a whole small file: hparams.json, a vocabulary, a state file, a prompt.
// Errors: as InputFile's; malformed if it has more than max_bytes (nothing is allocated then) or is
// no regular file.
std::string read_file(const std::filesystem::path& path, size_t max_bytes, ErrorKind malformed);

}  // namespace gpt2run
