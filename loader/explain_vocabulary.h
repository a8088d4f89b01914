#pragma once

#include <functional>
#include <optional>

#include "loader/checkpoint.h"
#include "loader/load_finding.h"

namespace gpt2run {

// Loads the vocabulary of a checkpoint and tells how many tokens it has.
// Errors: InputError, as loading's.
using CountTokens = std::function<int(const Checkpoint& checkpoint)>;

// Why a vocabulary cannot be loaded.
LoadFinding explain_vocabulary_error(const InputError& error, const Checkpoint& checkpoint,
                                     const CountTokens& count_tokens, const LoadRequest& request);

// Tokens that the model has no row for.
//   n_vocab  the rows of wte
LoadFinding explain_other_vocabulary(int n_tokens, int n_vocab, const Checkpoint& checkpoint,
                                     const CountTokens& count_tokens, const LoadRequest& request);

}  // namespace gpt2run
