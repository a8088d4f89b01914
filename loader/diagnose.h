#pragma once

#include <vector>

#include "loader/explain_vocabulary.h"
#include "loader/load_finding.h"
#include "loader/load_params.h"

namespace gpt2run {

// Why a model does not load, and what would mend it. Goes the way that loading goes: files,
// vocabulary, config, names and shapes, values; and goes on behind a problem where it can.
//   notices  gets what was chosen on the user's behalf, as find_model_files gives it
//   returns  what was found, in the order in which loading meets it: the first is the error that
//            loading ends with. Empty: the model loads.
// Reads the weights. Memory: one tensor. Errors: std::bad_alloc.
std::vector<LoadFinding> diagnose(const LoadRequest& request, const CountTokens& count_tokens,
                                  std::vector<std::string>& notices,
                                  const LoadProgress& progress = {});

}  // namespace gpt2run
