#pragma once

#include <span>

#include "engine/kv_cache.h"
#include "engine/params.h"
#include "engine/tensor.h"

namespace gpt2run {

// One decode step of several sequences: the weights are read once for all of them.
//   ids      [n_batch]           ids[i] stands behind the tokens of *caches[i]
//   caches   [n_batch]           of any lengths, no two the same
//   returns  [n_batch, n_vocab]  unnormalised logits, a row a sequence
// Up to kFewRows sequences (engine/kernels/product.h), each row's bits are those of
// gpt2({&ids[i], 1}, params, *caches[i]).
// Requires: the caches were made for these hparams. On return each holds a row more.
// Errors: std::invalid_argument if ids is empty, an id is not in [0, n_vocab), there are not as
// many caches as ids, or two are the same; std::length_error if one is full. All caches are
// unchanged then. Threads: const Params may be shared, each cache used by one call at a time.
Matrix gpt2_batch(std::span<const int> ids, const Params& params, std::span<KvCache* const> caches);

}  // namespace gpt2run
