#include "base/output_calls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace gpt2run::output_calls {
namespace {

Before& before_each() {
  static Before before;
  return before;
}

// Whether the call that follows is to fail; errno says how.
bool is_stopped(const char* call) {
  const int error = before_each() ? before_each()(call) : 0;
  if (error != 0) errno = error;
  return error != 0;
}

// The system would kill a process that writes beyond its limit (SIGXFSZ): it gets an error instead.
bool is_beyond_limit(uint64_t end) {
  struct rlimit limit;
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return false;
  if (end <= limit.rlim_cur) return false;
  errno = EFBIG;
  return true;
}

}  // namespace

void set_before(Before before) {
  before_each() = std::move(before);
}

int open(const std::string& path, int flags) {
  return is_stopped("open") ? -1 : ::open(path.c_str(), flags, 0666);
}

int mkdir(const std::string& path) {
  return is_stopped("mkdir") ? -1 : ::mkdir(path.c_str(), 0777);
}

ssize_t write(int fd, const void* bytes, size_t n_bytes, uint64_t offset) {
  if (is_stopped("write") || is_beyond_limit(offset + n_bytes)) return -1;
  return ::pwrite(fd, bytes, n_bytes, static_cast<off_t>(offset));
}

int reserve(int fd, uint64_t n_bytes) {
  if (is_stopped("reserve") || is_beyond_limit(n_bytes)) return -1;
  if (n_bytes == 0) return 0;
  // Not posix_fallocate, which writes to every block where the file system cannot reserve any.
  const int result = ::fallocate(fd, 0, 0, static_cast<off_t>(n_bytes));
  return result != 0 && (errno == EOPNOTSUPP || errno == ENOSYS) ? 0 : result;
}

int truncate(int fd, uint64_t n_bytes) {
  return is_stopped("truncate") ? -1 : ::ftruncate(fd, static_cast<off_t>(n_bytes));
}

int sync(int fd) {
  return is_stopped("sync") ? -1 : ::fsync(fd);
}

int sync_folder(const std::string& path) {
  if (is_stopped("sync_folder")) return -1;
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // One that may be written but not listed cannot be opened, nor flushed.
  if (fd < 0) return errno == EACCES ? 0 : -1;
  const int result = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  return result != 0 && error == EINVAL ? 0 : result;  // a file system that flushes no folders
}

int rename(const std::string& from, const std::string& to) {
  return is_stopped("rename") ? -1 : ::rename(from.c_str(), to.c_str());
}

int rename_to_new(const std::string& from, const std::string& to) {
  if (is_stopped("rename_to_new")) return -1;
  const int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (result == 0 || (errno != EINVAL && errno != ENOSYS)) return result;
  // The file system has no such rename (NFS): look first.
  struct stat status;
  if (::lstat(to.c_str(), &status) == 0) {
    errno = EEXIST;
    return -1;
  }
  return ::rename(from.c_str(), to.c_str());
}

int exchange(const std::string& a, const std::string& b) {
  return is_stopped("exchange")
             ? -1
             : ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
}

int remove_file(const std::string& path) {
  return is_stopped("remove_file") ? -1 : ::unlink(path.c_str());
}

int remove_folder(const std::string& path) {
  return is_stopped("remove_folder") ? -1 : ::rmdir(path.c_str());
}

}  // namespace gpt2run::output_calls
