#pragma once

#include <span>
#include <vector>

#include "engine/gpt2.h"

namespace gpt2run {

// Ids in [0, n_vocab) that do not repeat soon.
std::vector<int> some_ids(int n, int n_vocab);

// The logits after every id, computed in passes over so many of them each; the last size is used as
// often as needed.
//   returns  [n_seq, n_vocab]
Matrix logits_in_passes(std::span<const int> ids, const Params& params,
                        const std::vector<int>& sizes);

}  // namespace gpt2run
