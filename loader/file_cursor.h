#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "base/file.h"

namespace gpt2run {

// Takes little-endian numbers and strings from a file, one after the other, and never past its end.
class FileCursor {
 public:
  //   file  outlives the cursor
  explicit FileCursor(const InputFile& file) : file_(file) {}

  uint64_t offset() const { return offset_; }
  uint64_t n_left() const { return file_.size() - offset_; }

  // A number as it stands in memory: int32_t, uint64_t, float, ...
  //   what  it is, for messages: "the number of tensors"
  // Errors: CheckpointError kCorrupt if the file ends before.
  template <class Number>
  Number take(const char* what) {
    char bytes[sizeof(Number)];
    copy(bytes, sizeof(Number), what);
    Number number;
    std::memcpy(&number, bytes, sizeof(Number));
    return number;
  }

  // Errors: as take's, before anything is allocated.
  std::string take_bytes(uint64_t n_bytes, const char* what);
  void skip(uint64_t n_bytes, const char* what);

 private:
  void check_left(uint64_t n_bytes, const char* what) const;
  void copy(char* out, uint64_t n_bytes, const char* what);

  const InputFile& file_;
  uint64_t offset_ = 0;
  std::string buffer_;  // the file's bytes from buffer_at_
  uint64_t buffer_at_ = 0;
};

}  // namespace gpt2run
