#pragma once

#include <filesystem>
#include <string_view>

namespace gpt2run {

// Writes a file that is seen whole or not at all: the bytes go to a nameless file in the target's
// folder; commit() flushes it to disk and puts it in the target's place. Without commit nothing is
// left, whatever ends the process before.
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
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty while the file has no name
  int fd_ = -1;
};

}  // namespace gpt2run
