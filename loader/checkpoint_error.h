#pragma once

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
      : InputError(kind, path + ": " + (where.empty() ? "" : where + ": ") + what) {}
};

}  // namespace gpt2run
