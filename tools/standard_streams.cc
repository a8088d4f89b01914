#include "tools/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/printable.h"

namespace gpt2run {
namespace {

std::string& name_of_program() {
  static std::string name = "gpt2run";
  return name;
}

constexpr size_t kBufferSize = size_t{1} << 16;

// False, with errno, if not all of it could be written.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void print_in_colour(const std::string& shown) {
  const bool colour = takes_colour(STDERR_FILENO);
  write_stderr((colour ? "\033[1;31m" + program_name() + ":\033[0m " : program_name() + ": ") +
               shown + "\n");
}

}  // namespace

void set_program_name(const std::string& name) {
  name_of_program() = name;
}

const std::string& program_name() {
  return name_of_program();
}

void open_missing_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Read-only even for stdout: a write to it still fails, and is reported. open() gives the
    // lowest free descriptor, which is fd.
    [[maybe_unused]] const int opened = ::open("/dev/null", O_RDONLY);
  }
}

void write_stdout(std::string_view bytes) {
  if (!write_all(STDOUT_FILENO, bytes)) {
    throw InputError(ErrorKind::kRuntime,
                     std::string("stdout: cannot be written: ") + std::strerror(errno));
  }
}

void BufferedStdout::write(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferSize) flush();
}

void BufferedStdout::flush() {
  write_stdout(buffer_);
  buffer_.clear();
}

void write_stderr(std::string_view bytes) {
  write_all(STDERR_FILENO, bytes);
}

void print_error(std::string_view message) {
  print_in_colour(printable_line(message));
}

void print_error_lines(std::string_view message) {
  print_in_colour(printable_lines(message));
}

void print_notice(std::string_view message) {
  write_stderr(program_name() + ": " + printable_line(message) + "\n");
}

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

bool takes_colour(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(fd) && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

}  // namespace gpt2run
