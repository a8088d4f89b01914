#include "loader/load_finding.h"

#include <algorithm>
#include <iterator>

namespace gpt2run {
namespace {

struct Row {
  FindingKind kind;
  const char* name;
};

constexpr Row kRows[] = {
    {FindingKind::kNoSuchModel, "no-such-model"},
    {FindingKind::kSeveralModels, "several-models"},
    {FindingKind::kMissingFile, "missing-file"},
    {FindingKind::kRenamedFile, "renamed-file"},
    {FindingKind::kStateFile, "state-file"},
    {FindingKind::kLfsPointer, "lfs-pointer"},
    {FindingKind::kFailedDownload, "failed-download"},
    {FindingKind::kInterruptedDownload, "interrupted-download"},
    {FindingKind::kOtherFormat, "other-format"},
    {FindingKind::kDamagedFile, "damaged-file"},
    {FindingKind::kOtherSave, "other-save"},
    {FindingKind::kNotFinite, "not-finite"},
    {FindingKind::kUnsupported, "unsupported"},
    {FindingKind::kUnreadable, "unreadable"},
    {FindingKind::kMissingConfig, "missing-config"},
    {FindingKind::kDamagedConfig, "damaged-config"},
    {FindingKind::kOtherConfig, "other-config"},
    {FindingKind::kNameMap, "name-map"},
    {FindingKind::kUnknownPrefix, "unknown-prefix"},
    {FindingKind::kUnknownNames, "unknown-names"},
    {FindingKind::kRenamedWeights, "renamed-weights"},
    {FindingKind::kOtherLayout, "other-layout"},
    {FindingKind::kDoubleWeights, "double-weights"},
    {FindingKind::kMissingWeights, "missing-weights"},
    {FindingKind::kUnexpectedTensors, "unexpected-tensors"},
    {FindingKind::kOtherShape, "other-shape"},
    {FindingKind::kOtherType, "other-type"},
    {FindingKind::kMissingVocabulary, "missing-vocabulary"},
    {FindingKind::kDamagedVocabulary, "damaged-vocabulary"},
    {FindingKind::kOtherVocabulary, "other-vocabulary"},
    {FindingKind::kOther, "other"},
};

bool is_plain(char c) {
  constexpr std::string_view kPlain = "_-./:=@%+,";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

void add_flag(std::string& command, const char* flag, const std::string& value) {
  if (!value.empty()) command += std::string(" ") + flag + " " + shell_quoted(value);
}

std::string flags_of(const LoadRequest& request) {
  std::string flags;
  add_flag(flags, "--hparams", request.hparams.string());
  add_flag(flags, "--vocab", request.vocab.string());
  add_flag(flags, "--name-map", request.name_map.string());
  for (const std::string& glob : request.skip) add_flag(flags, "--skip", glob);
  for (const std::string& glob : request.allow_missing) add_flag(flags, "--allow-missing", glob);
  return flags;
}

}  // namespace

const char* finding_name(FindingKind kind) {
  const auto* const row =
      std::find_if(std::begin(kRows), std::end(kRows),
                   [&](const Row& candidate) { return candidate.kind == kind; });
  return row == std::end(kRows) ? "" : row->name;
}

std::string shell_quoted(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string glob_quoted(const std::string& name) {
  std::string glob;
  for (const char c : name) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') glob += '\\';
    glob += c;
  }
  return glob;
}

std::string run_command(const LoadRequest& request) {
  return "gpt2run --model " + shell_quoted(request.model.string()) + flags_of(request) +
         " --prompt Hello";
}

std::string map_command(const LoadRequest& request) {
  LoadRequest other = request;
  other.vocab.clear();  // it has nothing to do with names
  return "gpt2ckpt map" + flags_of(other) + " " + shell_quoted(request.model.string());
}

}  // namespace gpt2run
