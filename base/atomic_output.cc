#include "base/atomic_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/output_calls.h"
#include "base/output_path.h"
#include "base/printable.h"

namespace gpt2run {
namespace {

constexpr const char* kThereAlready = "is there already; name another, or ask to overwrite it";

// Where the target really is: without the slash at its end, behind all links.
std::filesystem::path resolve(std::filesystem::path target) {
  std::error_code error;
  const auto there = std::filesystem::canonical(target, error);
  if (!error) return there;
  while (!target.has_filename() && target.has_parent_path() && target != target.parent_path()) {
    target = target.parent_path();
  }
  return behind_links(target);
}

}  // namespace

AtomicOutput::AtomicOutput(const std::filesystem::path& target, Kind kind, bool overwrite,
                           std::vector<std::string> own_names)
    : named_(target),
      target_(resolve(target)),
      kind_(kind),
      overwrite_(overwrite),
      own_names_(std::move(own_names)) {
  check_target();
  make_temporary();
}

AtomicOutput::~AtomicOutput() {
  if (!is_mine_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void AtomicOutput::fail(const std::string& what) const {
  throw InputError(ErrorKind::kRuntime, named_.string() + ": " + what);
}

// Refuses early what commit() would refuse after all the work.
void AtomicOutput::check_target() const {
  struct stat status;
  if (::lstat(target_.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    throw_output_error(named_, "cannot be written", errno);
  }
  if (S_ISLNK(status.st_mode)) throw_output_error(named_, "cannot be written", ELOOP);
  const bool is_folder = S_ISDIR(status.st_mode);
  if (is_folder != (kind_ == Kind::kFolder)) {
    fail(is_folder ? "expected the name of a file to write, found a folder"
                   : "expected the name of a folder to write, found a file");
  }
  if (!overwrite_) fail(kThereAlready);
  if (is_folder) {
    check_names(target_);
  } else if (!S_ISREG(status.st_mode)) {
    fail("expected a regular file to overwrite, found a device, FIFO or socket");
  }
}

// Errors: kRuntime if a folder that is to be replaced holds what is no checkpoint's.
void AtomicOutput::check_names(const std::filesystem::path& folder) const {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error), end;
  for (; !error && entries != end; entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    const bool is_own = std::ranges::find(own_names_, name) != own_names_.end();
    if (!is_own || entries->symlink_status().type() == std::filesystem::file_type::directory) {
      fail("holds \"" + printable(name) +
           "\", which would be lost; remove that folder yourself, or name another");
    }
  }
  if (error) throw_output_error(named_, "cannot be listed", error.value());
}

void AtomicOutput::make_temporary() {
  for (int i = 0; i < 100; ++i) {
    path_ = temporary_name_in(folder_of(target_));
    int result = 0;
    if (kind_ == Kind::kFolder) {
      result = output_calls::mkdir(path_.string());
    } else {
      result = output_calls::open(path_.string(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
      if (result >= 0) ::close(result);
    }
    is_mine_ = result >= 0;
    if (is_mine_) return;
    if (errno != EEXIST) break;
  }
  throw_output_error(named_, "cannot be written", errno);
}

void AtomicOutput::commit() {
  if (kind_ == Kind::kFolder && output_calls::sync_folder(path_.string()) != 0) {
    throw_output_error(named_, "cannot be flushed to disk", errno);
  }
  put_in_place();
  // The new name lasts only once the folder that it stands in is on disk: the old files stay until
  // then.
  if (output_calls::sync_folder(folder_of(target_).string()) != 0) {
    const int error = errno;
    if (is_replaced_) take_back();
    throw_output_error(named_, "cannot be flushed to disk", error);
  }
  if (is_replaced_) remove_replaced();
}

void AtomicOutput::put_in_place() {
  if (kind_ == Kind::kFile && overwrite_) {
    if (output_calls::rename(path_.string(), target_.string()) != 0) {
      throw_output_error(named_, "cannot be put in place", errno);
    }
  } else if (output_calls::rename_to_new(path_.string(), target_.string()) != 0) {
    // Another process may have made it since this one looked.
    if (errno != EEXIST && errno != ENOTEMPTY) {
      throw_output_error(named_, "cannot be put in place", errno);
    }
    if (!overwrite_) fail(kThereAlready);
    check_target();
    exchange_folders();
  }
  is_mine_ = false;
}

void AtomicOutput::exchange_folders() {
  if (output_calls::exchange(path_.string(), target_.string()) != 0) {
    if (errno == EINVAL || errno == ENOSYS) {
      fail(
          "this file system cannot replace a folder in one step; remove it first, or name another");
    }
    throw_output_error(named_, "cannot be put in place", errno);
  }
  is_replaced_ = true;
  is_mine_ = false;  // it is the user's now
  try {
    check_names(path_);  // now that nobody writes to it by its name
  } catch (const InputError&) {
    take_back();
    throw;
  }
}

// Puts the old folder back in its place; where that fails, both stay.
void AtomicOutput::take_back() {
  is_mine_ = output_calls::exchange(path_.string(), target_.string()) == 0;
}

// Names only: nothing is removed that check_names did not see.
void AtomicOutput::remove_replaced() const {
  for (const std::string& name : own_names_) {
    if (output_calls::remove_file((path_ / name).string()) == 0 || errno == ENOENT) continue;
    throw_output_error(path_, "holds what was replaced, and cannot be removed", errno);
  }
  if (output_calls::remove_folder(path_.string()) != 0) {
    throw_output_error(path_, "holds what was replaced, and cannot be removed", errno);
  }
}

}  // namespace gpt2run
