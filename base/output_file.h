#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gpt2run {

// A file written from its beginning to its end, in a bounded buffer: small pieces are gathered,
// large ones go out as they come. What stood there under that name is overwritten, so write to a
// name that is nobody's yet (AtomicOutput::path()).
// Without finish() the file stays as far as it was written.
// Owns: the file descriptor and a buffer of 1 MiB.
// Errors of all: InputError kRuntime (no space, not permitted, ...), with the path.
class OutputFile {
 public:
  //   n_bytes  as many as will be written, where that is known (else 0): the disk's space is taken
  //            at once, so that a full disk is known before any work is done
  explicit OutputFile(const std::filesystem::path& path, uint64_t n_bytes = 0);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  uint64_t n_written() const { return n_out_ + buffer_.size(); }

  void write(std::string_view bytes);

  // From now on on_bytes is called with all that is written, in order, in pieces that are in the
  // processor's cache while they are: for a checksum.
  void watch(std::function<void(std::string_view bytes)> on_bytes) {
    on_bytes_ = std::move(on_bytes);
  }

  // Overwrites bytes that were written before: a length or a checksum known only afterwards.
  // Requires: offset + bytes.size() <= n_written().
  void write_at(uint64_t offset, std::string_view bytes);

  // Flushes it to disk, once, and closes it.
  void finish();

 private:
  void write_piece(std::string_view bytes);
  void flush();
  void write_out(uint64_t offset, std::string_view bytes);

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t n_reserved_ = 0;
  uint64_t n_out_ = 0;  // bytes that the system has
  std::string buffer_;  // those after them
  std::function<void(std::string_view bytes)> on_bytes_;
};

// Writes a whole small file and flushes it to disk.
// Errors: OutputFile's.
void write_small_file(const std::filesystem::path& path, std::string_view text);

}  // namespace gpt2run
