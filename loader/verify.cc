#include "loader/verify.h"

#include <cstring>

#include "base/printable.h"
#include "loader/known_config.h"
#include "loader/misfit_report.h"
#include "loader/misfits.h"
#include "loader/zip_archive.h"

namespace gpt2run {

VerifyFinding error_finding(const std::string& check, const InputError& error,
                            const std::string& tensor) {
  return {VerifyFinding::kError, error.kind(), check, tensor, error.what()};
}

namespace {

VerifyFinding note(const std::string& check, const std::string& text) {
  return {.level = VerifyFinding::kNote, .check = check, .tensor = "", .text = text};
}

void append(std::vector<VerifyFinding>& findings, std::vector<VerifyFinding> more) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
}

bool has_checksums(const Checkpoint& checkpoint) {
  switch (checkpoint.files.format) {
    case Format::kBundle:
    case Format::kTensorFlowV1:
    case Format::kNpz:
      return true;
    case Format::kTorch:  // the legacy form has none
      return first_zip_member(InputFile(checkpoint.files.checkpoint)).has_value();
    default:
      return false;
  }
}

std::vector<VerifyFinding> note_checksums(const Checkpoint& checkpoint) {
  if (has_checksums(checkpoint)) return {};
  return {note("checksums", std::string(format_name(checkpoint.files.format)) +
                                " has no checksums: a changed number would not be noticed")};
}

std::vector<VerifyFinding> note_skipped(const Checkpoint& checkpoint) {
  std::vector<VerifyFinding> findings;
  const auto& tensors = checkpoint.source->tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (checkpoint.map->tensors[i].role != TensorRole::kSkipped) continue;
    findings.push_back(note("fit", printable(tensors[i].name) + ": is left out, as --skip asks"));
    findings.back().tensor = tensors[i].name;
  }
  return findings;
}

// No config at all is no damage: the weights are still held against each other.
VerifyFinding config_problem(const InputError& problem) {
  VerifyFinding finding = error_finding("config", problem);
  if (problem.kind() == ErrorKind::kNotFound) finding.level = VerifyFinding::kWarning;
  return finding;
}

}  // namespace

std::vector<VerifyFinding> verify_config(const Checkpoint& checkpoint) {
  std::vector<VerifyFinding> findings;
  const KnownConfig known = known_config(checkpoint);
  const MappedSource& weights = *checkpoint.weights;
  if (weights.tensors().empty()) {
    findings.push_back({VerifyFinding::kError, ErrorKind::kMismatch, "fit", "",
                        "expected GPT-2's weights under names of a known family, found none in " +
                            std::to_string(checkpoint.source->tensors().size()) +
                            " tensors; --name-map FILE can say which is which"});
    return findings;
  }
  if (known.problem) findings.push_back(config_problem(*known.problem));
  try {
    const NameMatch match = match_names(weights, known.config, checkpoint.options.allow_missing);
    for (const Misfit& misfit : match.misfits) {
      findings.push_back({VerifyFinding::kError, ErrorKind::kMismatch, "fit", misfit.path,
                          printable(misfit.path) + ": " + misfit.text});
    }
    const std::string advice = config_advice(weights, known.config.hparams);
    if (!match.misfits.empty() && !advice.empty()) {
      findings.push_back(note("config", "to fit these weights " + known.config.origin +
                                            " would have to say " + advice));
    }
    for (const std::string& name : match.left_at_zero) {
      findings.push_back(note("fit", printable(name) + ": is not here and stays zero"));
    }
  } catch (const InputError& error) {
    findings.push_back(error_finding("fit", error));
  }
  return findings;
}

std::vector<VerifyFinding> verify_checkpoint(const Checkpoint& checkpoint,
                                             const VerifyProgress& progress) {
  std::vector<VerifyFinding> findings = verify_config(checkpoint);
  append(findings, note_skipped(checkpoint));
  append(findings, verify_layout(checkpoint));
  append(findings, verify_values(checkpoint, progress));
  append(findings, verify_head(checkpoint));
  append(findings, note_checksums(checkpoint));
  return findings;
}

}  // namespace gpt2run
