#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace gpt2run {

// A file in memory, for tests that write one thousands of times.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("gpt2run-test", MFD_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("memfd_create failed");
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

  void write(const std::string& bytes) {
    const auto n = static_cast<ssize_t>(bytes.size());
    if (::ftruncate(fd_, n) != 0 || ::pwrite(fd_, bytes.data(), bytes.size(), 0) != n) {
      throw std::runtime_error("cannot write to memory");
    }
  }

 private:
  int fd_;
};

}  // namespace gpt2run
