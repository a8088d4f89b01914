#include "tools/cmd_verify.h"

#include <unistd.h>

#include <memory>
#include <optional>

#include "tools/ckpt_flags.h"
#include "tools/loading_progress.h"
#include "tools/standard_streams.h"
#include "tools/verify_report.h"
#include "tools/verify_vocabulary.h"

namespace gpt2run {
namespace {

// A checkpoint that is there and cannot be opened is a finding too.
bool is_of_the_checkpoint(ErrorKind kind) {
  return kind == ErrorKind::kCorrupt || kind == ErrorKind::kMismatch ||
         kind == ErrorKind::kUnsupported;
}

Verification verify(const Checkpoint& checkpoint, bool quiet) {
  Verification verification;
  verification.path = checkpoint.source->path();
  verification.format = format_name(checkpoint.files.format);
  verification.n_tensors = checkpoint.source->tensors().size();
  for (const TensorInfo& tensor : checkpoint.source->tensors()) {
    verification.n_bytes += tensor.n_bytes;
  }
  LoadingProgress progress(STDERR_FILENO, quiet, LoadingProgress::kDelay, "verifying");
  verification.findings = verify_checkpoint(
      checkpoint, [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); });
  for (VerifyFinding& finding : verify_vocabulary(checkpoint)) {
    verification.findings.push_back(std::move(finding));
  }
  return verification;
}

Verification open_and_verify(const CkptArguments& arguments) {
  const MapOptions options = map_options(arguments.model);  // the user's files come first
  std::optional<Checkpoint> checkpoint;
  try {
    checkpoint = open_model(arguments.model);
  } catch (const InputError& error) {
    if (!is_of_the_checkpoint(error.kind())) throw;
    return {.path = arguments.model.model.string(),
            .format = "",
            .findings = {error_finding("open", error)}};
  }
  return verify(*checkpoint, arguments.model.quiet);
}

int cmd_verify(const CkptArguments& arguments) {
  const Verification verification = open_and_verify(arguments);
  write_stdout(arguments.json ? json_text(to_json(verification)) : to_text(verification));
  return exit_code(verification.findings);
}

std::function<int()> add_verify(CLI::App& app) {
  const auto arguments = std::make_shared<CkptArguments>();
  add_ckpt_flags(app, *arguments);
  return [arguments] { return cmd_verify(*arguments); };
}

}  // namespace

const CkptCommand kVerifyCommand = {
    "verify", "Reads all of a checkpoint and says all that is wrong with it.",
    R"(Usage: gpt2ckpt verify [FLAG...] CHECKPOINT
)",
    R"(Every checksum that the format has; names, shapes and types against the config; bytes that are no
tensor's; NaN and infinity; matrices of zeros; the head; mask buffers; the vocabulary against wte.
One line a finding on stdout. The exit code is that of the worst; a warning is none.

The object of --json: path, format (null: it could not be opened), tensors, bytes,
findings [{level (damage, mismatch, unsupported, tokenizer, runtime, not found, warning, note),
check (open, config, fit, layout, read, values, mask, head, checksums, vocabulary), tensor (null:
none), text}], problems, warnings, exit_code

Examples:
  gpt2ckpt verify models/124M
  gpt2ckpt verify --json pytorch_model.bin | jq '.findings[] | select(.level == "damage")'
)",
    add_verify};

}  // namespace gpt2run
