#pragma once

#include <string>
#include <vector>

#include "engine/generate.h"
#include "loader/load_params.h"

namespace gpt2run {

// What one run of the generate command did.
struct Generation {
  std::vector<int> prompt_ids;
  std::vector<int> ids;  // the new ones
  std::string bytes;     // theirs
  GenerateResult result;
  WeightType dtype = WeightType::kFloat32;
  LoadReport load;
  double load_seconds = 0;
  bool is_drafted = false;
};

// "length", "eot" or "context".
const char* finish_reason_name(FinishReason reason);

// The object of --json, one line: prompt_ids, ids, text, finish_reason, weights, timings and, where
// it is drafted, draft.
std::string to_json(const Generation& generation);

// The lines of --stats.
std::string stats_text(const Generation& generation);

}  // namespace gpt2run
