#include "tools/input_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace gpt2run {
namespace {

constexpr size_t kChunk = size_t{1} << 18;
constexpr size_t kMaxLine = size_t{1} << 30;

[[noreturn]] void throw_errno(const std::string& name, const char* what, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR || error == ELOOP;
  throw InputError(absent ? ErrorKind::kNotFound : ErrorKind::kRuntime,
                   name + ": " + what + ": " + std::strerror(error));
}

}  // namespace

InputStream::InputStream(const std::filesystem::path& path)
    : name_(path.empty() ? "stdin" : path.string()), fd_(STDIN_FILENO) {
  if (path.empty()) return;
  // O_NONBLOCK: without it, open() waits for ever for a FIFO's writer. Regular files ignore it.
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd_ < 0) throw_errno(name_, "cannot be opened", errno);
}

InputStream::~InputStream() {
  if (fd_ != STDIN_FILENO) ::close(fd_);
}

size_t InputStream::read(char* buffer, size_t n_bytes) {
  while (true) {
    const ssize_t n = ::read(fd_, buffer, n_bytes);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) throw_errno(name_, "cannot be read", errno);
    pollfd poll = {fd_, POLLIN, 0};
    ::poll(&poll, 1, -1);
  }
}

std::string InputStream::read_up_to(size_t max_bytes) {
  struct stat status;
  std::string text;
  if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    text.reserve(std::min(static_cast<size_t>(status.st_size), max_bytes) + 1);
  }
  size_t n = 1;
  for (size_t size = 0; n > 0 && size < max_bytes; size += n) {
    text.resize(std::min(size + kChunk, max_bytes));
    n = read(text.data() + size, text.size() - size);
    text.resize(size + n);
  }
  return text;
}

bool LineReader::fill() {
  before_wait_();
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  if (buffer_.size() > kMaxLine) {
    throw InputError(ErrorKind::kRuntime, stream_.name() + ": line " +
                                              std::to_string(line_number_ + 1) +
                                              ": expected at most 1 GiB, found more");
  }
  const size_t size = buffer_.size();
  buffer_.resize(size + kChunk);
  const size_t n = stream_.read(buffer_.data() + size, kChunk);
  buffer_.resize(size + n);
  return n > 0;
}

bool LineReader::next(std::string_view& line) {
  size_t newline = buffer_.find('\n', scanned_);
  while (newline == std::string::npos) {
    scanned_ = buffer_.size();
    if (!fill()) break;
    newline = buffer_.find('\n', scanned_);
  }
  if (newline == std::string::npos && start_ == buffer_.size()) return false;
  const size_t end = newline == std::string::npos ? buffer_.size() : newline;
  line = std::string_view(buffer_).substr(start_, end - start_);
  start_ = scanned_ = newline == std::string::npos ? end : end + 1;
  ++line_number_;
  return true;
}

}  // namespace gpt2run
