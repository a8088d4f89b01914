#pragma once

#include <zip.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "base/file.h"

namespace gpt2run {

// libzip's view of an archive, which it reads through InputFile: the file is opened once, and a
// failed read is the error that InputFile throws. One thread at a time.
// Requires: the file outlives the handle.
class ZipHandle {
 public:
  // Errors: CheckpointError kCorrupt if there is no whole directory; std::bad_alloc.
  explicit ZipHandle(const InputFile& file);
  ~ZipHandle();
  ZipHandle(const ZipHandle&) = delete;
  ZipHandle& operator=(const ZipHandle&) = delete;

  zip_t* get() const { return zip_; }

  // Where libzip read last. It reads a stored member's bytes as they are asked for.
  uint64_t last_read_at() const { return last_read_at_; }

  // After libzip has failed: throws what reading the file threw, std::bad_alloc if memory was
  // short, else a CheckpointError kCorrupt that gives libzip's reason in parentheses.
  [[noreturn]] void fail(const std::string& where, const std::string& what, zip_error_t* reason);

 private:
  static zip_int64_t on_command(void* handle, void* data, zip_uint64_t n, zip_source_cmd_t command);
  zip_int64_t read(void* data, zip_uint64_t n);
  zip_int64_t seek(void* data, zip_uint64_t n);
  zip_int64_t stat(void* data, zip_uint64_t n) const;

  const InputFile& file_;
  zip_t* zip_ = nullptr;
  uint64_t at_ = 0, last_read_at_ = 0;
  zip_error_t error_;          // of the last command, as libzip asks for it
  std::exception_ptr thrown_;  // no exception may pass through libzip
};

}  // namespace gpt2run
