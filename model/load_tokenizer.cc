#include "model/load_tokenizer.h"

#include <utility>

#include "base/error.h"
#include "tokenizer/recover_merges.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {

std::optional<Vocabulary> load_vocabulary(const Checkpoint& checkpoint) {
  if (!checkpoint.files.is_vocab_given) {
    if (auto own = vocabulary_of(checkpoint)) {
      return own->is_bytes
                 ? vocabulary_of_bytes(own->vocabulary.tokens, own->vocabulary.tokens_name)
                 : std::move(own->vocabulary);
    }
  }
  if (!has_vocabulary(checkpoint.files.vocab)) return std::nullopt;
  return read_vocabulary(checkpoint.files.vocab);
}

Tokenizer load_tokenizer(const Checkpoint& checkpoint) {
  const auto vocabulary = load_vocabulary(checkpoint);
  if (!vocabulary) require_vocabulary(checkpoint.files);  // throws
  return Tokenizer(*vocabulary);
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
