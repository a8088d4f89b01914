#pragma once

#include <vector>

#include "engine/kv_cache.h"
#include "engine/params.h"

namespace gpt2run {

// Ids in [0, n_vocab) that do not repeat soon, the same as bench/peers/worker.py's.
std::vector<int> some_ids(int n, int n_vocab);

// Of one pass over n tokens, with an empty cache before.
double prefill_seconds(const Params& params, KvCache& cache, int n);

}  // namespace gpt2run
