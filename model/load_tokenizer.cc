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
  if (const auto vocabulary = load_vocabulary(checkpoint)) return Tokenizer(*vocabulary);
  require_vocabulary(checkpoint.files);  // throws, unless the files have come just now
  return Tokenizer(checkpoint.files.vocab);
}

namespace {

// Where load_vocabulary has found it.
std::string vocabulary_place(const Checkpoint& checkpoint) {
  const bool is_own = !checkpoint.files.is_vocab_given && vocabulary_of(checkpoint).has_value();
  return (is_own ? checkpoint.files.checkpoint : checkpoint.files.vocab).string();
}

}  // namespace

void check_vocabulary(const Tokenizer& tokenizer, const Checkpoint& checkpoint,
                      const Hparams& hparams) {
  if (tokenizer.n_vocab() <= hparams.n_vocab) return;
  throw InputError(ErrorKind::kMismatch,
                   vocabulary_place(checkpoint) + ": vocabulary: expected at most " +
                       std::to_string(hparams.n_vocab) + " tokens (the model's n_vocab), found " +
                       std::to_string(tokenizer.n_vocab()) +
                       "; this is another model's vocabulary, give the right one with --vocab DIR");
}

}  // namespace gpt2run
