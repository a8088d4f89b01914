#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loader/verify.h"
#include "tools/json_text.h"

namespace gpt2run {

// What `gpt2ckpt verify` found.
struct Verification {
  std::string path;
  std::string format;  // empty if it could not be opened
  uint64_t n_tensors = 0, n_bytes = 0;
  std::vector<VerifyFinding> findings;
};

// "damage", "mismatch", ...; "warning", "note".
const char* level_name(const VerifyFinding& finding);

// 0 if nothing is wrong, else the code of the worst kind: damage before a mismatch before what is
// unsupported before a damaged vocabulary.
int exit_code(const std::vector<VerifyFinding>& findings);

Json to_json(const Verification& verification);

// One line a finding, then one that sums up.
std::string to_text(const Verification& verification);

}  // namespace gpt2run
