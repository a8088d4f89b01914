#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gpt2run {

// A file, pipe or stdin, read once from its start to its end.
// Owns: the file descriptor, except stdin's.
class InputStream {
 public:
  // path: empty for stdin. A FIFO that nobody writes to reads as empty instead of blocking.
  // Errors: InputError kNotFound if there is no such file; kRuntime if it cannot be opened.
  explicit InputStream(const std::filesystem::path& path);
  ~InputStream();
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;

  const std::string& name() const { return name_; }  // the path or "stdin", for messages

  // Waits for bytes and reads up to n_bytes of them; 0 at the end.
  // Errors: InputError kRuntime.
  size_t read(char* buffer, size_t n_bytes);

  // What is left of it, but at most max_bytes.
  std::string read_up_to(size_t max_bytes);

 private:
  std::string name_;
  int fd_;
};

// The lines of a stream.
class LineReader {
 public:
  // before_wait is called before more bytes are read: the moment to flush what was made of the
  // lines so far, so that a process on the other end of both pipes does not wait for ever.
  LineReader(InputStream& stream, std::function<void()> before_wait)
      : stream_(stream), before_wait_(std::move(before_wait)) {}

  // The next line without its newline; valid until the next call. False at the end.
  // Errors: InputError kRuntime if the read fails or a line is longer than 1 GiB.
  bool next(std::string_view& line);

  size_t line_number() const { return line_number_; }  // of the line returned last, from 1

 private:
  bool fill();

  InputStream& stream_;
  std::function<void()> before_wait_;
  std::string buffer_;
  size_t start_ = 0;    // of the next line
  size_t scanned_ = 0;  // no newline in [start_, scanned_)
  size_t line_number_ = 0;
};

}  // namespace gpt2run
