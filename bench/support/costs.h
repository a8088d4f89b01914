#pragma once

#include "engine/params.h"

namespace gpt2run {

// What a model must read and multiply, whatever computes it: with a bandwidth or a rate
// (support/limits.h) the least time that a pass can take.

// Bytes of the weights that a pass reads: all but wte and wpe where they are only looked up.
double weight_bytes(const Params& params);

// Bytes of n_past tokens' keys and values in all layers, as KvCache(params) has them.
double cache_bytes(const Params& params, double n_past);

// Multiplications and additions of a pass over n_seq tokens behind n_past others for the last one's
// logits: of the last layer the others need keys and values alone.
double pass_operations(const Hparams& hparams, double n_seq, double n_past);

}  // namespace gpt2run
