#pragma once

#include <optional>

#include "base/vocabulary.h"
#include "engine/params.h"
#include "loader/checkpoint.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {

// The vocabulary that goes with a checkpoint, as load_tokenizer finds it; nothing if there is none.
// Errors: TokenizerError; vocabulary_of's.
std::optional<Vocabulary> load_vocabulary(const Checkpoint& checkpoint);

// The tokenizer that goes with a checkpoint: of the vocabulary that the user gave, of the
// checkpoint's own, or of the one beside it.
// Errors: CheckpointError kNotFound, saying which of the files are there and which are missing;
// TokenizerError; vocabulary_of's.
Tokenizer load_tokenizer(const Checkpoint& checkpoint);

// Errors: InputError kMismatch if the vocabulary has ids that the model has no row for. (The other
// way round is allowed: a padded wte has rows without a token.)
void check_vocabulary(const Tokenizer& tokenizer, const Checkpoint& checkpoint,
                      const Hparams& hparams);

}  // namespace gpt2run
