#pragma once

#include "engine/kv_cache.h"
#include "engine/tensor.h"

namespace gpt2run {

// The keys and values of one head's first n_seq rows go into the cache, behind the n_past ones.
//   qkv  [at least n_seq, 3*n_embd]: keys at [n_embd ...), values at [2*n_embd ...)
// Requires: n_past + n_seq <= n_ctx. Threads: several may store different heads.
void store_head(const Matrix& qkv, int n_seq, const LayerCache& cache, int head);

}  // namespace gpt2run
