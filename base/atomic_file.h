#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gpt2run {

// Writes a file that is seen whole or not at all: the bytes go to a file of its own in the target's
// folder, which commit() flushes to disk and puts in the target's place. A symbolic link is
// followed, and what it points to is replaced. What is no regular file (a device, FIFO, socket) and
// the file that is stdout are never replaced: write() goes straight to them.
// Without commit a target that is replaced stays as it was. Nothing else is left either, unless the
// process is killed inside commit() or on a file system without nameless files (O_TMPFILE): then
// .gpt2run-XXXXXX may stay in the folder.
// Errors: InputError kRuntime (no space, no such folder, not permitted), with the path.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  void open_temporary();
  void link_temporary();

  std::filesystem::path named_;   // as the user named it, for messages
  std::filesystem::path target_;  // what is replaced, behind all links
  std::filesystem::path folder_;  // target_'s
  std::string temporary_;         // a path; empty while the file has no name
  bool is_straight_ = false;
  int fd_ = -1;
};

}  // namespace gpt2run
