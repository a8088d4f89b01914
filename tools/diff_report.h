#pragma once

#include <string>

#include "loader/diff.h"
#include "tools/json_text.h"

namespace gpt2run {

// What `gpt2ckpt diff` prints: the object of --json, and the text for people.
Json to_json(const CheckpointDiff& diff, const Checkpoint& a, const Checkpoint& b,
             double tolerance);
std::string to_text(const CheckpointDiff& diff, double tolerance);

}  // namespace gpt2run
