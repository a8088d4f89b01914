#include "loader/explain_misfits.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/printable.h"
#include "loader/describe.h"
#include "loader/layer_numbers.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxEvidence = 40;

LoadFinding mismatch(FindingKind kind) {
  LoadFinding finding;
  finding.kind = kind;
  finding.error = ErrorKind::kMismatch;
  return finding;
}

void add_evidence(LoadFinding& finding, std::string line) {
  if (finding.evidence.size() < kMaxEvidence) finding.evidence.push_back(std::move(line));
  if (finding.evidence.size() == kMaxEvidence) finding.evidence.emplace_back("and more");
}

// The two commands that make the map and load with it.
void mend_with_map(LoadFinding& finding, const LoadRequest& request) {
  finding.remedy = "let a name map say it: look it through, then load with it";
  LoadRequest with_map = request;
  with_map.name_map = "map.json";
  finding.commands = {map_command(request) + " > map.json", run_command(with_map)};
}

std::string counted(size_t n, const char* one, const char* several) {
  return std::to_string(n) + (n == 1 ? one : several);
}

// "h.N.attn.weight" for "h.3.attn.weight"
std::string kind_of_name(const std::string& name) {
  std::string kind;
  size_t at = 0;
  for (const NumberInName& number : numbers_in(name)) {
    kind += name.substr(at, number.begin - at) + 'N';
    at = number.begin + number.n_digits;
  }
  return kind + name.substr(at);
}

std::vector<const Misfit*> of_kind(const NameMatch& match, Misfit::Kind kind,
                                   Misfit::Kind other_kind) {
  std::vector<const Misfit*> misfits;
  for (const Misfit& misfit : match.misfits) {
    if (misfit.kind == kind || misfit.kind == other_kind) misfits.push_back(&misfit);
  }
  return misfits;
}

LoadFinding explain_missing(const std::vector<const Misfit*>& missing, const NameMatch& match,
                            const Hparams& hparams, const LoadRequest& request) {
  LoadFinding finding = mismatch(FindingKind::kMissingWeights);
  const bool only_biases = std::all_of(missing.begin(), missing.end(), [](const Misfit* misfit) {
    return misfit->weight.ends_with("/b");
  });
  const bool any_bias = std::any_of(match.fits.begin(), match.fits.end(), [](const WeightFit& fit) {
    return fit.slot.name.ends_with("/b");
  });
  finding.cause = weight_count_text(match, hparams);
  LoadRequest partial = request;
  if (only_biases && !any_bias) {
    finding.cause = "the model has no biases, as nanoGPT's with bias=False";
    finding.remedy = "say so: a bias of zero is none";
    partial.allow_missing.emplace_back("model/*/b");
    finding.commands = {run_command(partial)};
    return finding;
  }
  constexpr size_t kMaxFlags = 8;
  for (const Misfit* misfit : missing) {
    add_evidence(finding, printable(misfit->path) + ": " + misfit->text);
    if (!misfit->weight.empty()) partial.allow_missing.push_back(glob_quoted(misfit->weight));
  }
  finding.remedy = "get the whole checkpoint: this is a part, or another model";
  const size_t n_flags = partial.allow_missing.size() - request.allow_missing.size();
  if (n_flags == missing.size() && n_flags <= kMaxFlags) {
    finding.remedy += "; or run it on purpose with them at zero, which changes what it says";
    finding.commands = {run_command(partial)};
  }
  return finding;
}

LoadFinding explain_unexpected(const std::vector<const Misfit*>& unexpected,
                               const LoadRequest& request) {
  constexpr size_t kMaxFlags = 8;
  LoadFinding finding = mismatch(FindingKind::kUnexpectedTensors);
  finding.cause = counted(unexpected.size(), " tensor in the model's scope is no weight of GPT-2's",
                          " tensors in the model's scope are no weights of GPT-2's");
  LoadRequest without = request;
  for (const Misfit* misfit : unexpected) {
    add_evidence(finding, printable(misfit->path) + ": " + misfit->text);
    without.skip.push_back(glob_quoted(misfit->path) +
                           (misfit->kind == Misfit::kUnexpectedLayer ? "[/.]*" : ""));
  }
  finding.remedy = "leave them out, if the model computes without them";
  if (unexpected.size() <= kMaxFlags) finding.commands = {run_command(without)};
  return finding;
}

}  // namespace

LoadFinding explain_prefix(const UnknownPrefix& prefix, const Checkpoint& checkpoint,
                           const LoadRequest& request) {
  LoadFinding finding = mismatch(FindingKind::kUnknownPrefix);
  finding.cause = "the names of " + counted(prefix.n_weights, " weight", " weights") + " have \"" +
                  printable(prefix.prefix) + "\" in front, which is not known";
  finding.evidence = {printable(prefix.example) + " would be " +
                      printable(prefix.example.substr(prefix.prefix.size()))};
  finding.remedy = "let one rule of a name map take it away";
  std::vector<NameRule> rules;
  if (checkpoint.options.name_map) rules = checkpoint.options.name_map->rules();
  rules.push_back(prefix_rule(prefix.prefix));
  LoadRequest with_map = request;
  with_map.name_map = "map.json";
  std::string map = name_map_text(rules);
  std::erase(map, '\n');  // a message shows a line break as no shell reads it
  finding.commands = {"printf '%s\\n' " + shell_quoted(map) + " > map.json", run_command(with_map)};
  return finding;
}

LoadFinding explain_unknown_names(const TensorSource& source, const LoadRequest& request) {
  LoadFinding finding = mismatch(FindingKind::kUnknownNames);
  const size_t n = source.tensors().size();
  finding.cause = "no name is one of GPT-2's: " + counted(n, " tensor", " tensors") +
                  " of another model, or of another program's names";
  std::map<std::string, size_t> kinds;
  for (const TensorInfo& tensor : source.tensors()) {
    if (is_optimizer_slot(tensor.name)) continue;
    ++kinds[printable(kind_of_name(tensor.name)) + "  " + shape_text(tensor.shape) + " " +
            printable(tensor.dtype_text)];
  }
  for (const auto& [kind, n_tensors] : kinds) {
    add_evidence(finding, kind + (n_tensors > 1 ? " (" + std::to_string(n_tensors) + ")" : ""));
  }
  finding.remedy =
      "if it is a GPT-2, say which is which in a name map: its lines are described by gpt2ckpt map "
      "--help, and a pattern stands for all layers";
  finding.commands = {map_command(request) + " > map.json"};
  return finding;
}

std::vector<LoadFinding> explain_proposal(const TensorSource& source, const WeightMap& map,
                                          const MapProposal& proposal, const LoadRequest& request) {
  LoadFinding renamed = mismatch(FindingKind::kRenamedWeights);
  LoadFinding layout = mismatch(FindingKind::kOtherLayout);
  std::map<std::string, size_t> index_of;
  for (size_t i = 0; i < source.tensors().size(); ++i) index_of[source.tensors()[i].name] = i;
  for (const NameRule& rule : proposal.rules) {
    const size_t i = index_of[rule.source];
    const MappedTensor& mapped = map.tensors[i];
    if (mapped.role != TensorRole::kWeight) {
      add_evidence(renamed, printable(rule.source) + " is " + rule.target + " by the " + rule.note);
    } else if (mapped.transforms != *rule.transforms) {
      add_evidence(layout, printable(rule.source) + ": " + shape_text(source.tensors()[i].shape) +
                               " fits after: " + transforms_text(*rule.transforms));
    }
  }
  std::vector<LoadFinding> findings;
  if (!renamed.evidence.empty()) {
    renamed.cause = counted(renamed.evidence.size(), " missing weight is", " missing weights are") +
                    " here by another name (the names known are " + family_traits(map.family).name +
                    "'s)";
    findings.push_back(std::move(renamed));
  }
  if (!layout.evidence.empty()) {
    layout.cause =
        "weights are laid out otherwise than the rest: transposed, with axes of 1, or "
        "with another number of rows";
    findings.push_back(std::move(layout));
  }
  for (LoadFinding& finding : findings) mend_with_map(finding, request);
  return findings;
}

std::vector<LoadFinding> explain_misfits(const NameMatch& match, const Hparams& hparams,
                                         const LoadRequest& request) {
  std::vector<LoadFinding> findings;
  const auto missing = of_kind(match, Misfit::kMissing, Misfit::kMissingLayer);
  const auto unexpected = of_kind(match, Misfit::kUnexpected, Misfit::kUnexpectedLayer);
  if (!missing.empty()) findings.push_back(explain_missing(missing, match, hparams, request));
  if (!unexpected.empty()) findings.push_back(explain_unexpected(unexpected, request));
  for (const auto& [kind, finding_kind, cause, remedy] :
       {std::tuple{Misfit::kShape, FindingKind::kOtherShape, "shapes fit no GPT-2 of this size",
                   "it is another model's tensor, or damaged: get the right checkpoint"},
        std::tuple{Misfit::kType, FindingKind::kOtherType, "weights are no floating-point numbers",
                   "save the model in float32, float16 or bfloat16"}}) {
    LoadFinding finding = mismatch(finding_kind);
    for (const Misfit* misfit : of_kind(match, kind, kind)) {
      add_evidence(finding, printable(misfit->path) + ": " + misfit->text);
    }
    if (finding.evidence.empty()) continue;
    finding.cause = cause;
    finding.remedy = remedy;
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace gpt2run
