#include "tools/verify_report.h"

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "tools/exit_code.h"
#include "tools/text_table.h"

namespace gpt2run {
namespace {

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCorrupt:
      return "damage";
    case ErrorKind::kMismatch:
      return "mismatch";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kTokenizer:
      return "tokenizer";
    case ErrorKind::kNotFound:
      return "not found";
    case ErrorKind::kAmbiguous:
      return "ambiguous";
    case ErrorKind::kRuntime:
      break;
  }
  return "runtime";
}

size_t n_of(const std::vector<VerifyFinding>& findings, VerifyFinding::Level level) {
  return static_cast<size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const VerifyFinding& finding) { return finding.level == level; }));
}

// "2 problems (1 damage, 1 mismatch)"
std::string problems_text(const std::vector<VerifyFinding>& findings) {
  std::map<int, std::pair<const char*, int>> kinds;  // by exit code, the worst first
  for (const VerifyFinding& finding : findings) {
    if (finding.level != VerifyFinding::kError) continue;
    auto& [name, n] = kinds[exit_code(finding.kind)];
    name = kind_name(finding.kind);
    ++n;
  }
  std::string text;
  for (const auto& [code, kind] : kinds) {
    text += (text.empty() ? "" : ", ") + std::to_string(kind.second) + " " + kind.first;
  }
  return counted(n_of(findings, VerifyFinding::kError), "problem") + " (" + text + ")";
}

// "llm.c, 28 tensors, 337,152 bytes"
std::string what_text(const Verification& verification) {
  if (verification.format.empty()) return "could not be opened";
  return verification.format + ", " + counted(verification.n_tensors, "tensor") + ", " +
         counted(verification.n_bytes, "byte");
}

}  // namespace

const char* level_name(const VerifyFinding& finding) {
  if (finding.level == VerifyFinding::kNote) return "note";
  return finding.level == VerifyFinding::kWarning ? "warning" : kind_name(finding.kind);
}

int exit_code(const std::vector<VerifyFinding>& findings) {
  int worst = kExitOk;
  for (const VerifyFinding& finding : findings) {
    if (finding.level != VerifyFinding::kError) continue;
    const int code = exit_code(finding.kind);
    worst = worst == kExitOk ? code : std::min(worst, code);
  }
  return worst;
}

Json to_json(const Verification& verification) {
  Json json;
  json["path"] = verification.path;
  json["format"] = verification.format.empty() ? Json() : Json(verification.format);
  json["tensors"] = verification.n_tensors;
  json["bytes"] = verification.n_bytes;
  json["findings"] = Json::array();
  for (const VerifyFinding& finding : verification.findings) {
    Json object;
    object["level"] = level_name(finding);
    object["check"] = finding.check;
    object["tensor"] = finding.tensor.empty() ? Json() : Json(finding.tensor);
    object["text"] = finding.text;
    json["findings"].push_back(object);
  }
  json["problems"] = n_of(verification.findings, VerifyFinding::kError);
  json["warnings"] = n_of(verification.findings, VerifyFinding::kWarning);
  json["exit_code"] = exit_code(verification.findings);
  return json;
}

std::string to_text(const Verification& verification) {
  constexpr size_t kNameWidth = 11;  // of "unsupported"
  const std::vector<VerifyFinding>& findings = verification.findings;
  std::string text;
  for (const VerifyFinding& finding : findings) {
    std::string name = level_name(finding);
    name.resize(kNameWidth, ' ');
    text += name + "  " + printable_line(finding.text) + "\n";
  }
  text +=
      printable_line(verification.path) + ": " + what_text(verification) + ": " +
      (n_of(findings, VerifyFinding::kError) == 0 ? "nothing is wrong" : problems_text(findings));
  const size_t n_warnings = n_of(findings, VerifyFinding::kWarning);
  return text + (n_warnings > 0 ? ", " + counted(n_warnings, "warning") : "") + "\n";
}

}  // namespace gpt2run
