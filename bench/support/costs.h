#pragma once

#include "engine/params.h"

namespace gpt2run {

// What a model must read and multiply, whatever computes it: with a bandwidth or a rate
// (support/limits.h) the least time that a pass can take.

// Bytes of the weights that a pass reads: all but wte and wpe where they are only looked up.
double weight_bytes(const Params& params);

// Bytes of n_past tokens' keys and values, float32, in all layers.
double cache_bytes(const Hparams& hparams, double n_past);

// Multiplications and additions of a pass over n_seq tokens behind n_past others.
//   n_logits  how many of them the head is computed for
double pass_operations(const Hparams& hparams, double n_seq, double n_past, double n_logits);

}  // namespace gpt2run
