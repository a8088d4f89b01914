#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpt2run {

// A large file, or a folder, that is seen whole or not at all: it is written at path(), beside its
// target, and commit() puts it in the target's place in one step. At whatever moment the process is
// killed, the target is what was there before or the whole new one; of two that write to the same
// target one wins whole. Without commit nothing is left, unless the process is killed: then path()
// stays, ".gpt2run-XXXXXX". A symbolic link is followed, and what it points to is replaced.
// (base/atomic_file.h is for a small file, to stdout or a device too.)
// Errors: InputError kRuntime (something is there already, no such folder, not permitted, a file
// system that cannot exchange two folders), with the target's path.
class AtomicOutput {
 public:
  enum class Kind { kFile, kFolder };

  //   overwrite  whether a target that is there may be replaced: a regular file, or a folder of
  //              own_names only
  //   own_names  the files that the folder may hold; one with any other is never replaced
  AtomicOutput(const std::filesystem::path& target, Kind kind, bool overwrite,
               std::vector<std::string> own_names = {});
  ~AtomicOutput();
  AtomicOutput(const AtomicOutput&) = delete;
  AtomicOutput& operator=(const AtomicOutput&) = delete;

  // An empty file, or an empty folder, beside the target.
  const std::filesystem::path& path() const { return path_; }

  // Requires: every file at path() is on the disk (OutputFile::finish).
  void commit();

 private:
  void make_temporary();
  void check_target() const;
  void check_names(const std::filesystem::path& folder) const;
  void put_in_place();
  void exchange_folders();
  void take_back();
  void remove_replaced() const;
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path named_;   // as the user named it, for messages
  std::filesystem::path target_;  // what is replaced, behind all links
  std::filesystem::path path_;
  Kind kind_;
  bool overwrite_;
  std::vector<std::string> own_names_;
  bool is_replaced_ = false;  // the old folder now is at path_
  bool is_mine_ = false;      // what is at path_ goes with this object
};

}  // namespace gpt2run
