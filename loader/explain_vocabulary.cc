#include "loader/explain_vocabulary.h"

#include "loader/explain_config.h"
#include "loader/explain_error.h"
#include "loader/inferred_hparams.h"

namespace gpt2run {
namespace {

// A vocabulary nearby with as many tokens as wte has rows: a fine-tuned model's is its base's.
std::optional<std::filesystem::path> vocabulary_near(const Checkpoint& checkpoint, int64_t n_vocab,
                                                     const CountTokens& count_tokens) {
  if (n_vocab == 0) return std::nullopt;
  for (const std::filesystem::path& folder : folders_near(checkpoint.files.checkpoint)) {
    if (!has_vocabulary(folder)) continue;
    Checkpoint other;
    other.files = checkpoint.files;
    other.files.vocab = folder;
    other.files.is_vocab_given = true;
    try {
      if (count_tokens(other) == n_vocab) return folder;
    } catch (const InputError&) {
      continue;
    }
  }
  return std::nullopt;
}

void propose_vocabulary(LoadFinding& finding, const Checkpoint& checkpoint, int64_t n_vocab,
                        const CountTokens& count_tokens, const LoadRequest& request) {
  finding.remedy = "give the folder of the right one with --vocab DIR";
  const auto folder = vocabulary_near(checkpoint, n_vocab, count_tokens);
  if (!folder) return add_download(finding, request.model, 0);
  finding.evidence.push_back(folder->string() + " has one of the right size");
  LoadRequest other = request;
  other.vocab = *folder;
  finding.commands = {run_command(other)};
}

}  // namespace

LoadFinding explain_vocabulary_error(const InputError& error, const Checkpoint& checkpoint,
                                     const CountTokens& count_tokens, const LoadRequest& request) {
  LoadFinding finding = explain_error(error, request);
  if (error.kind() == ErrorKind::kTokenizer || finding.kind == FindingKind::kDamagedFile) {
    finding.kind = FindingKind::kDamagedVocabulary;
    if (finding.remedy.empty())
      finding.remedy = "download it again, or give another with --vocab DIR";
  }
  if (error.kind() != ErrorKind::kNotFound) return finding;
  if (auto renamed = explain_renamed_files(checkpoint.files.vocab, error.kind())) return *renamed;
  finding.kind = FindingKind::kMissingVocabulary;
  finding.evidence = {finding.cause};
  finding.cause = checkpoint.files.vocab.string() + ": no whole vocabulary is here";
  const int64_t n_vocab = checkpoint.weights ? infer_hparams(*checkpoint.weights).n_vocab : 0;
  propose_vocabulary(finding, checkpoint, n_vocab, count_tokens, request);
  return finding;
}

LoadFinding explain_other_vocabulary(int n_tokens, int n_vocab, const Checkpoint& checkpoint,
                                     const CountTokens& count_tokens, const LoadRequest& request) {
  LoadFinding finding;
  finding.kind = FindingKind::kOtherVocabulary;
  finding.error = ErrorKind::kMismatch;
  finding.cause = checkpoint.files.vocab.string() + " is another model's vocabulary: it has " +
                  std::to_string(n_tokens) + " tokens, the model rows for " +
                  std::to_string(n_vocab);
  propose_vocabulary(finding, checkpoint, n_vocab, count_tokens, request);
  return finding;
}

}  // namespace gpt2run
