#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace gpt2run {

// A checkpoint that cannot be loaded.
class CheckpointError : public InputError {
 public:
  //   path   the file
  //   where  the tensor, block or offset in it; may be empty
  //   what   "expected X, found Y; do Z"
  CheckpointError(ErrorKind kind, const std::string& path, const std::string& where,
                  const std::string& what)
      : InputError(kind, path + ": " + (where.empty() ? "" : where + ": ") + what), path_(path) {}
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A file that ends before its own header, or its index, says.
class TruncatedError : public CheckpointError {
 public:
  //   where      as above
  //   says       what tells how long it is: "the index", "its header"
  //   otherwise  what else may be wrong: ", or belongs to another index"
  TruncatedError(const std::string& path, const std::string& where, const std::string& says,
                 uint64_t n_needed, uint64_t n_here, const std::string& otherwise = "")
      : CheckpointError(ErrorKind::kCorrupt, path, where,
                        "expected at least " + std::to_string(n_needed) + " bytes, as " + says +
                            " says, found " + std::to_string(n_here) + ": " +
                            std::to_string(n_needed - n_here) +
                            " are missing; the file is cut off" + otherwise +
                            ": download it again"),
        n_needed_(n_needed),
        n_here_(n_here) {}
  uint64_t n_needed() const { return n_needed_; }
  uint64_t n_here() const { return n_here_; }

 private:
  uint64_t n_needed_, n_here_;
};

}  // namespace gpt2run
