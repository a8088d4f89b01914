#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/params.h"
#include "loader/mapped_source.h"

namespace gpt2run {

// What the weights themselves tell of hparams; 0 where they do not. n_head leaves no trace in them.
struct InferredHparams {
  int64_t n_vocab = 0, n_ctx = 0, n_embd = 0, n_layer = 0, n_inner = 0;
};

InferredHparams infer_hparams(const MappedSource& source);

// Hparams with those sizes that the weights tell, where hparams can take them, the others as they
// are. An n_head that does not divide n_embd becomes the first of its candidates.
Hparams fitted_hparams(const InferredHparams& inferred, Hparams hparams = {});

// "124M" for the sizes that OpenAI released; "" for others.
std::string released_size(const InferredHparams& inferred);
std::string released_size(const Hparams& hparams);

// What n_head may be: the divisors of n_embd, the one that OpenAI's models of that width have
// (n_embd / 64) first.
std::vector<int64_t> n_head_candidates(int64_t n_embd);

}  // namespace gpt2run
