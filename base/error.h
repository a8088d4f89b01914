#pragma once

#include <stdexcept>
#include <string>

namespace gpt2run {

// What is wrong with an input. tools/exit_code.h gives each kind its exit code.
enum class ErrorKind {
  kRuntime,      // the machine refused: a read or write failed, no memory
  kNotFound,     // a file that is needed is not there
  kCorrupt,      // checksum, truncation, NaN or Inf, a Git LFS pointer, an HTML page
  kMismatch,     // sizes malformed or out of range; names, shapes or types that do not fit
  kUnsupported,  // known and not read: a format, a version, a type of tensor, a setting
  kAmbiguous,    // several models could be meant
  kTokenizer,    // a damaged vocabulary
};

// An input from outside that cannot be used. what() is one line for a person:
// "path: tensor or offset: expected X, found Y; do Z".
class InputError : public std::runtime_error {
 public:
  InputError(ErrorKind kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace gpt2run
