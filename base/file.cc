#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gpt2run {
namespace {

[[noreturn]] void throw_errno(const std::filesystem::path& path, const char* what, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR || error == ELOOP;
  throw InputError(absent ? ErrorKind::kNotFound : ErrorKind::kRuntime,
                   path.string() + ": " + what + ": " + std::strerror(error));
}

const char* kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path, ErrorKind not_regular) : path_(path) {
  // O_NONBLOCK: a FIFO with no writer would block open() for ever; regular files ignore it.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd_ < 0) throw_errno(path, "cannot be opened", errno);
  struct stat status;
  if (::fstat(fd_, &status) != 0) {
    const int error = errno;
    ::close(fd_);
    throw_errno(path, "cannot be examined", error);
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw InputError(not_regular, path.string() + ": expected a regular file, found " +
                                      kind_of_file(status.st_mode));
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}

void InputFile::read_at(uint64_t offset, void* buffer, size_t n_bytes) const {
  char* out = static_cast<char*>(buffer);
  while (n_bytes > 0) {
    const ssize_t got = ::pread(fd_, out, n_bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(path_, "cannot be read", errno);
    if (got == 0) {
      throw InputError(ErrorKind::kCorrupt, path_.string() + ": ends at byte " +
                                                std::to_string(offset) + ", expected " +
                                                std::to_string(n_bytes) + " bytes more");
    }
    out += got;
    offset += static_cast<uint64_t>(got);
    n_bytes -= static_cast<size_t>(got);
  }
}

std::string read_file(const std::filesystem::path& path, size_t max_bytes, ErrorKind malformed) {
  const InputFile file(path, malformed);
  if (file.size() > max_bytes) {
    throw InputError(malformed, path.string() + ": expected at most " + std::to_string(max_bytes) +
                                    " bytes, found " + std::to_string(file.size()));
  }
  std::string text(file.size(), '\0');
  file.read_at(0, text.data(), text.size());
  return text;
}

}  // namespace gpt2run
