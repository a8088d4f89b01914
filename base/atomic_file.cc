#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/output_path.h"

namespace gpt2run {
namespace {

bool is_stdout(const struct stat& status) {
  struct stat out;
  return ::fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == status.st_dev &&
         out.st_ino == status.st_ino && (::fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& target) : named_(target) {
  struct stat status;
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) throw_output_error(named_, "cannot be written", errno);
  if (exists && S_ISDIR(status.st_mode)) throw_output_error(named_, "cannot be written", EISDIR);
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
  if (fd_ < 0) throw_output_error(named_, "cannot be written", errno);
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
    if (n < 0) throw_output_error(named_, "cannot be written", errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

// linkat cannot replace an existing file, so the nameless file gets a name of its own first. It
// refuses a name that is taken: another is tried then.
void AtomicFile::link_temporary() {
  const std::string self = "/proc/self/fd/" + std::to_string(fd_);
  for (int i = 0; i < 100; ++i) {
    std::string name = temporary_name_in(folder_);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      temporary_ = std::move(name);
      return;
    }
    if (errno != EEXIST) break;
  }
  throw_output_error(named_, "cannot be written", errno);
}

void AtomicFile::commit() {
  if (is_straight_) return;
  if (::fsync(fd_) != 0) throw_output_error(named_, "cannot be flushed to disk", errno);
  if (temporary_.empty()) link_temporary();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw_output_error(named_, "cannot be put in place", errno);
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
