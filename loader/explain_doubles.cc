#include <map>

#include "base/printable.h"
#include "loader/explain_names.h"

namespace gpt2run {
namespace {

// The weight that loading would take a tensor for.
std::string weight_of(const TensorInfo& tensor, const MapOptions& options) {
  if (matches_any(tensor.name, options.skip)) return "";
  if (options.name_map) {
    if (const auto rule = options.name_map->find(tensor.name)) {
      const auto known = rule->is_pattern ? recognize_name(rule->target) : std::nullopt;
      return rule->is_pattern ? (known ? known->weight : "") : rule->target;
    }
  }
  const auto known = recognize_name(tensor.name);
  return known && !matches_any(known->weight, options.skip) ? known->weight : "";
}

}  // namespace

std::optional<LoadFinding> explain_doubles(const TensorSource& source, const MapOptions& options,
                                           const LoadRequest& request,
                                           std::vector<std::string>& extra) {
  LoadFinding finding;
  finding.kind = FindingKind::kDoubleWeights;
  finding.error = ErrorKind::kMismatch;
  size_t n_doubles = 0;
  bool can_leave_first = true, can_leave_second = true;
  std::map<std::string, std::string> first_of;
  LoadRequest without_first = request, without_second = request;
  for (const TensorInfo& tensor : source.tensors()) {
    const std::string weight = weight_of(tensor, options);
    if (weight.empty()) continue;
    const auto [first, is_new] = first_of.emplace(weight, tensor.name);
    if (is_new) continue;
    ++n_doubles;
    if (finding.evidence.size() < 20) {
      finding.evidence.push_back(weight + ": " + printable(first->second) + " and " +
                                 printable(tensor.name));
    }
    // A weight's own name, as a glob, leaves every tensor out that is the weight.
    can_leave_first &= first->second != weight;
    can_leave_second &= tensor.name != weight;
    without_first.skip.push_back(glob_quoted(first->second));
    without_second.skip.push_back(glob_quoted(tensor.name));
    extra.push_back(glob_quoted(tensor.name == weight ? first->second : tensor.name));
  }
  if (extra.empty()) return std::nullopt;
  finding.cause = std::to_string(n_doubles) +
                  (n_doubles == 1 ? " weight stands" : " weights stand") + " here twice";
  finding.remedy = "say which is left out";
  constexpr size_t kMaxFlags = 8;
  if (n_doubles <= kMaxFlags && can_leave_second) finding.commands = {run_command(without_second)};
  if (n_doubles <= kMaxFlags && can_leave_first) {
    finding.commands.push_back(run_command(without_first));
  }
  finding.is_choice = finding.commands.size() > 1;
  return finding;
}

}  // namespace gpt2run
