#pragma once

#include <span>

#include "engine/kv_cache.h"
#include "engine/params.h"

namespace gpt2run {

// Errors: std::invalid_argument if ids is empty or an id is not in [0, n_vocab).
void check_ids(std::span<const int> ids, const Hparams& hparams);

// Errors: std::length_error if n_seq more tokens do not fit behind those of the cache.
void check_room(size_t n_seq, const KvCache& cache);

}  // namespace gpt2run
