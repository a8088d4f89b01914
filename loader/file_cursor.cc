#include "loader/file_cursor.h"

#include <algorithm>

#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

constexpr uint64_t kBufferBytes = uint64_t{64} << 10;

}  // namespace

void FileCursor::check_left(uint64_t n_bytes, const char* what) const {
  if (n_bytes <= n_left()) return;
  throw CheckpointError(ErrorKind::kCorrupt, file_.path().string(),
                        "byte " + std::to_string(offset_),
                        "expected " + std::to_string(n_bytes) + " bytes for " + what + ", found " +
                            std::to_string(n_left()) +
                            " before the file's end; the file is cut off or damaged, download it "
                            "again");
}

void FileCursor::copy(char* out, uint64_t n_bytes, const char* what) {
  check_left(n_bytes, what);
  while (n_bytes > 0) {
    if (offset_ < buffer_at_ || offset_ - buffer_at_ >= buffer_.size()) {
      buffer_.resize(std::min(kBufferBytes, n_left()));
      file_.read_at(offset_, buffer_.data(), buffer_.size());
      buffer_at_ = offset_;
    }
    const uint64_t at = offset_ - buffer_at_;
    const uint64_t n = std::min<uint64_t>(n_bytes, buffer_.size() - at);
    std::memcpy(out, buffer_.data() + at, n);
    out += n;
    offset_ += n;
    n_bytes -= n;
  }
}

std::string FileCursor::take_bytes(uint64_t n_bytes, const char* what) {
  check_left(n_bytes, what);
  std::string bytes(n_bytes, '\0');
  copy(bytes.data(), n_bytes, what);
  return bytes;
}

void FileCursor::skip(uint64_t n_bytes, const char* what) {
  check_left(n_bytes, what);
  offset_ += n_bytes;
}

}  // namespace gpt2run
