#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "loader/checkpoint.h"

namespace gpt2run {

// Something that verify has to say of a checkpoint.
struct VerifyFinding {
  enum Level {
    kNote,     // how it is: the head is tied
    kWarning,  // it loads, and may not be what was meant: a matrix of zeros
    kError,    // it is wrong
  };
  Level level = kNote;
  ErrorKind kind = ErrorKind::kCorrupt;  // of a kError
  std::string check;   // which check: "open", "config", "fit", "layout", "read", "values", "mask",
                       // "head", "checksums", "vocabulary"
  std::string tensor;  // its own name; empty where it is no tensor's
  std::string text;    // a line: "[path: ]where: expected X, found Y; do Z"
};

VerifyFinding error_finding(const std::string& check, const InputError& error,
                            const std::string& tensor = "");

// Called now and then: bytes looked at, bytes in all.
using VerifyProgress = std::function<void(uint64_t n_done, uint64_t n_total)>;

// Looks at all of a checkpoint but its vocabulary, and goes on after each thing that is wrong:
//   config  it can be read, and names, shapes and types fit it (or, where there is none, each
//           other)
//   layout  every byte of a data file is a tensor's, where the format has nothing else in it (what
//           overlaps or is not in the file has been refused when it was opened)
//   read    each tensor, of whatever role, can be read, and every checksum is right
//   values  no weight has NaN or infinity, no matrix is all zeros
//   mask    PyTorch's mask buffers are lower triangles
//   head    tied, equal to wte (by their fingerprints), or its own
// Memory: one tensor. Errors: std::bad_alloc.
std::vector<VerifyFinding> verify_checkpoint(const Checkpoint& checkpoint,
                                             const VerifyProgress& progress = {});

// Its parts.
std::vector<VerifyFinding> verify_config(const Checkpoint& checkpoint);
std::vector<VerifyFinding> verify_layout(const Checkpoint& checkpoint);
std::vector<VerifyFinding> verify_values(const Checkpoint& checkpoint,
                                         const VerifyProgress& progress);
std::vector<VerifyFinding> verify_head(const Checkpoint& checkpoint);

}  // namespace gpt2run
