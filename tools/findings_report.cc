#include "tools/findings_report.h"

#include <algorithm>
#include <map>

#include "base/printable.h"
#include "tools/exit_code.h"
#include "tools/table.h"

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

size_t n_of(const std::vector<Finding>& findings, Finding::Level level) {
  return static_cast<size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& finding) { return finding.level == level; }));
}

// "2 problems (1 damage, 1 mismatch)"
std::string problems_text(const std::vector<Finding>& findings) {
  std::map<int, std::pair<const char*, int>> kinds;  // by exit code, the worst first
  for (const Finding& finding : findings) {
    if (finding.level != Finding::kError) continue;
    auto& [name, n] = kinds[exit_code(finding.kind)];
    name = kind_name(finding.kind);
    ++n;
  }
  std::string text;
  for (const auto& [code, kind] : kinds) {
    text += (text.empty() ? "" : ", ") + std::to_string(kind.second) + " " + kind.first;
  }
  return counted(n_of(findings, Finding::kError), "problem") + " (" + text + ")";
}

// "llm.c, 28 tensors, 337,152 bytes"
std::string what_text(const Verification& verification) {
  if (verification.format.empty()) return "could not be opened";
  return verification.format + ", " + counted(verification.n_tensors, "tensor") + ", " +
         counted(verification.n_bytes, "byte");
}

}  // namespace

const char* finding_name(const Finding& finding) {
  if (finding.level == Finding::kNote) return "note";
  return finding.level == Finding::kWarning ? "warning" : kind_name(finding.kind);
}

int exit_code(const std::vector<Finding>& findings) {
  int worst = kExitOk;
  for (const Finding& finding : findings) {
    if (finding.level != Finding::kError) continue;
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
  for (const Finding& finding : verification.findings) {
    Json object;
    object["level"] = finding_name(finding);
    object["check"] = finding.check;
    object["tensor"] = finding.tensor.empty() ? Json() : Json(finding.tensor);
    object["text"] = finding.text;
    json["findings"].push_back(object);
  }
  json["problems"] = n_of(verification.findings, Finding::kError);
  json["warnings"] = n_of(verification.findings, Finding::kWarning);
  json["exit_code"] = exit_code(verification.findings);
  return json;
}

std::string to_text(const Verification& verification) {
  constexpr size_t kNameWidth = 11;  // of "unsupported"
  const std::vector<Finding>& findings = verification.findings;
  std::string text;
  for (const Finding& finding : findings) {
    std::string name = finding_name(finding);
    name.resize(kNameWidth, ' ');
    text += name + "  " + printable_line(finding.text) + "\n";
  }
  text += printable_line(verification.path) + ": " + what_text(verification) + ": " +
          (n_of(findings, Finding::kError) == 0 ? "nothing is wrong" : problems_text(findings));
  const size_t n_warnings = n_of(findings, Finding::kWarning);
  return text + (n_warnings > 0 ? ", " + counted(n_warnings, "warning") : "") + "\n";
}

}  // namespace gpt2run
