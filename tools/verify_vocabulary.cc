#include "tools/verify_vocabulary.h"

#include <optional>

#include "loader/inferred_hparams.h"
#include "model/load_tokenizer.h"
#include "tools/text_table.h"

namespace gpt2run {
namespace {

VerifyFinding finding(VerifyFinding::Level level, const std::string& text) {
  return {level, ErrorKind::kMismatch, "vocabulary", "", text};
}

VerifyFinding compared(int64_t n_tokens, int64_t n_rows) {
  const std::string text = "vocabulary: " + counted(static_cast<uint64_t>(n_tokens), "token");
  if (n_tokens == n_rows) return finding(VerifyFinding::kNote, text + ", as many as wte has rows");
  if (n_tokens < n_rows) {
    const auto n_padding = static_cast<uint64_t>(n_rows - n_tokens);
    return finding(VerifyFinding::kNote, text + "; wte has " + counted(n_padding, "row") +
                                             " more (padding, which is never sampled)");
  }
  return finding(VerifyFinding::kError,
                 "vocabulary: expected at most " + std::to_string(n_rows) +
                     " tokens (the rows of wte), found " + std::to_string(n_tokens) +
                     "; this is another model's vocabulary, give the right one "
                     "with --vocab DIR");
}

}  // namespace

std::vector<VerifyFinding> verify_vocabulary(const Checkpoint& checkpoint) {
  const int64_t n_rows = infer_hparams(*checkpoint.weights).n_vocab;
  try {
    const Tokenizer tokenizer = load_tokenizer(checkpoint);
    if (n_rows == 0) return {};
    return {compared(tokenizer.n_vocab(), n_rows)};
  } catch (const InputError& error) {
    const bool is_none = error.kind() == ErrorKind::kNotFound && !checkpoint.files.is_vocab_given;
    VerifyFinding problem = error_finding("vocabulary", error);
    if (is_none) problem.level = VerifyFinding::kWarning;
    return {problem};
  }
}

}  // namespace gpt2run
