#pragma once

#include <string>
#include <string_view>

namespace gpt2run {

// Gives a closed stdin, stdout or stderr a descriptor that holds its place, so that no file which
// is opened later becomes the target of what is meant for it. Call it first in main().
void open_missing_standard_streams();

// Writes all of bytes to stdout now. Errors: InputError kRuntime (disk full, closed).
void write_stdout(std::string_view bytes);

// stdout through a buffer, for output in many small parts. Nothing is written by the destructor.
class BufferedStdout {
 public:
  void write(std::string_view bytes);  // errors: as write_stdout's
  void flush();

 private:
  std::string buffer_;
};

// Errors are ignored: there is no other place to report them.
void write_stderr(std::string_view bytes);

// The program's name in messages: "gpt2run" until it is set.
void set_program_name(const std::string& name);
const std::string& program_name();

// "gpt2run: message" on stderr, as one line; in colour on a terminal that takes it.
void print_error(std::string_view message);
void print_error_lines(std::string_view message);  // the same, but a list's lines are kept
void print_notice(std::string_view message);       // one line, never in colour

bool is_terminal(int fd);

// Whether colour may be used there: a terminal, not TERM=dumb, and NO_COLOR not set (no-color.org).
bool takes_colour(int fd);

}  // namespace gpt2run
