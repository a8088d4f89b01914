#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "base/error.h"

namespace gpt2run {
namespace {

[[noreturn]] void throw_errno(const std::filesystem::path& target, const char* what, int error) {
  throw InputError(ErrorKind::kRuntime,
                   target.string() + ": " + what + ": " + std::strerror(error));
}

std::filesystem::path folder_of(const std::filesystem::path& target) {
  return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
}

// What a symbolic link points to in the end, be it there or not.
std::filesystem::path behind_links(std::filesystem::path path) {
  constexpr int kMaxLinks = 40;  // as the kernel's
  std::error_code ignored;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, ignored); ++i) {
    path = folder_of(path) / std::filesystem::read_symlink(path, ignored);
  }
  return path;
}

bool is_stdout(const struct stat& status) {
  struct stat out;
  return ::fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == status.st_dev &&
         out.st_ino == status.st_ino && (::fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target) : named_(target) {
  struct stat status;
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) throw_errno(named_, "cannot be written", errno);
  if (exists && S_ISDIR(status.st_mode)) throw_errno(named_, "cannot be written", EISDIR);
  if (exists && is_stdout(status)) {
    is_straight_ = true;
    fd_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  } else if (exists && !S_ISREG(status.st_mode)) {
    is_straight_ = true;
    fd_ = ::open(target.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } else {
    target_ = behind_links(target);
    folder_ = folder_of(target_);
    open_temporary();
  }
  if (fd_ < 0) throw_errno(named_, "cannot be written", errno);
}

void AtomicFile::open_temporary() {
  fd_ = ::open(folder_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (fd_ >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return;
  // No nameless files on this file system: a named one that the destructor takes away.
  std::string name = folder_ / ".gpt2run-XXXXXX";
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) return;
  temporary_ = std::move(name);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(fd_, 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno(named_, "cannot be written", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

// linkat cannot replace an existing file, so the nameless file gets a name of its own first. It
// refuses a name that is taken: another is tried then.
void AtomicFile::link_temporary() {
  const std::string self = "/proc/self/fd/" + std::to_string(fd_);
  std::random_device random;
  for (int i = 0; i < 100; ++i) {
    char suffix[16];
    std::snprintf(suffix, sizeof(suffix), "%06x", static_cast<unsigned>(random()) & 0xFFFFFF);
    std::string name = folder_ / (std::string(".gpt2run-") + suffix);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(name);
      return;
    }
    if (errno != EEXIST) break;
  }
  throw_errno(named_, "cannot be written", errno);
}

void AtomicFile::commit() {
  if (is_straight_) return;
  if (::fsync(fd_) != 0) throw_errno(named_, "cannot be flushed to disk", errno);
  if (temporary_.empty()) link_temporary();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw_errno(named_, "cannot be put in place", errno);
  }
  temporary_.clear();
  // The rename itself lasts only once the folder is on disk.
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

}  // namespace gpt2run
