#include "model/load_tokenizer.h"

#include "base/error.h"

namespace gpt2run {

Tokenizer load_tokenizer(const Checkpoint& checkpoint) {
  if (!checkpoint.files.is_vocab_given) {
    if (const auto vocabulary = vocabulary_of(checkpoint)) return Tokenizer(*vocabulary);
  }
  require_vocabulary(checkpoint.files);
  return Tokenizer(checkpoint.files.vocab);
}

void check_vocabulary(const Tokenizer& tokenizer, const Checkpoint& checkpoint,
                      const Hparams& hparams) {
  if (tokenizer.n_vocab() <= hparams.n_vocab) return;
  throw InputError(ErrorKind::kMismatch,
                   checkpoint.files.vocab.string() + ": vocabulary: expected at most " +
                       std::to_string(hparams.n_vocab) + " tokens (the model's n_vocab), found " +
                       std::to_string(tokenizer.n_vocab()) +
                       "; this is another model's vocabulary, give the right one with --vocab DIR");
}

}  // namespace gpt2run
