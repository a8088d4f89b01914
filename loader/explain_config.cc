#include "loader/explain_config.h"

#include <algorithm>
#include <system_error>

#include "loader/checkpoint_error.h"
#include "loader/config_edit.h"
#include "loader/explain_error.h"
#include "loader/folder_listing.h"
#include "loader/model_config.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

// n_head cannot be told: what it may be, the likeliest first, which the commands take.
void leave_n_head_open(LoadFinding& finding, int64_t n_embd) {
  constexpr size_t kMaxShown = 24;
  finding.n_head_choices = n_head_candidates(n_embd);
  const std::vector<int64_t>& candidates = finding.n_head_choices;
  std::string text =
      "n_head leaves no trace in weights, so it is a choice: one that divides n_embd " +
      std::to_string(n_embd) + " (";
  for (size_t i = 0; i < std::min(candidates.size(), kMaxShown); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(candidates[i]);
  }
  if (candidates.size() > kMaxShown) text += ", ...";
  text += ")";
  if (n_embd % 64 == 0) text += "; OpenAI's models have n_embd / 64";
  finding.evidence.push_back(std::move(text));
}

bool is_known(const InferredHparams& inferred) {
  return inferred.n_vocab > 0 && inferred.n_ctx > 0 && inferred.n_embd > 0 && inferred.n_layer > 0;
}

std::string shape_text_of(const InferredHparams& inferred) {
  const std::string size = released_size(inferred);
  return "the weights have n_vocab " + std::to_string(inferred.n_vocab) + ", n_ctx " +
         std::to_string(inferred.n_ctx) + ", n_embd " + std::to_string(inferred.n_embd) +
         ", n_layer " + std::to_string(inferred.n_layer) +
         (size.empty() ? "" : ": the shape of " + size);
}

bool fits(const fs::path& config, const InferredHparams& inferred) {
  try {
    const Hparams hparams = read_config_file(config).hparams;
    return hparams.n_vocab == inferred.n_vocab && hparams.n_ctx == inferred.n_ctx &&
           hparams.n_embd == inferred.n_embd && hparams.n_layer == inferred.n_layer;
  } catch (const InputError&) {
    return false;
  }
}

// A config nearby that fits these weights: a fine-tuned model's is its base's.
std::optional<fs::path> config_near(const ModelFiles& files, const InferredHparams& inferred) {
  for (const fs::path& folder : folders_near(files.checkpoint)) {
    for (const char* name : {"hparams.json", "config.json"}) {
      if (is_there(folder / name) && fits(folder / name, inferred)) return folder / name;
    }
  }
  return std::nullopt;
}

LoadFinding missing_config(LoadFinding finding, const ModelFiles& files,
                           const InferredHparams& inferred, Family family,
                           const LoadRequest& request) {
  finding.kind = FindingKind::kMissingConfig;
  finding.cause = files.hparams.string() + ": no hparams.json or config.json is here";
  if (!is_known(inferred)) return finding;
  finding.evidence.push_back(shape_text_of(inferred));
  if (const auto config = config_near(files, inferred)) {
    finding.remedy = "give the one of its base model, " + config->string() + ", which fits";
    LoadRequest other = request;
    other.hparams = *config;
    finding.commands = {run_command(other)};
    return finding;
  }
  leave_n_head_open(finding, inferred.n_embd);
  finding.remedy = "write it as the weights are, with the right n_head";
  // nanoGPT computes the exact GELU.
  const bool exact_gelu = family == Family::kLinear;
  if (exact_gelu) {
    finding.evidence.emplace_back(
        "the layout is nanoGPT's, whose GELU is the exact one (before June 2023: gelu_new)");
  }
  finding.commands = {
      write_config_command(files.hparams, sizes_of(fitted_hparams(inferred)), exact_gelu)};
  return finding;
}

LoadFinding damaged_config(LoadFinding finding, const ModelFiles& files,
                           const InferredHparams& inferred) {
  finding.kind = FindingKind::kDamagedConfig;
  if (!is_known(inferred)) return finding;
  const Sizes wrong = wrong_sizes(files.hparams, fitted_hparams(inferred));
  if (wrong.empty()) return finding;
  const bool is_n_head_wrong = std::any_of(wrong.begin(), wrong.end(),
                                           [](const auto& size) { return size.first == "n_head"; });
  finding.evidence.push_back(shape_text_of(inferred));
  if (is_n_head_wrong) leave_n_head_open(finding, inferred.n_embd);
  finding.remedy = is_n_head_wrong ? "write what the weights say, with the right n_head"
                                   : "write what the weights say";
  finding.commands = config_edit_commands(files.hparams, wrong);
  return finding;
}

}  // namespace

std::vector<fs::path> folders_near(const fs::path& checkpoint) {
  constexpr size_t kMaxFolders = 200;
  std::vector<fs::path> folders;
  std::error_code ignored;
  fs::path at = fs::absolute(checkpoint, ignored).parent_path();
  for (int level = 0; level < 3 && at.has_relative_path(); ++level) {
    at = at.parent_path();
    std::error_code error;
    for (fs::directory_iterator entry(at / "models", error), end;
         !error && entry != end && folders.size() < kMaxFolders; entry.increment(error)) {
      if (entry->is_directory(ignored)) folders.push_back(entry->path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

LoadFinding explain_config_error(const InputError& error, const ModelFiles& files,
                                 const InferredHparams& inferred, Family family,
                                 const LoadRequest& request) {
  LoadFinding finding = explain_error(error, request);
  if (error.kind() == ErrorKind::kNotFound) {
    if (auto renamed = explain_renamed_files(files.hparams.parent_path(), error.kind())) {
      return *renamed;
    }
    return missing_config(std::move(finding), files, inferred, family, request);
  }
  const auto* of_file = dynamic_cast<const CheckpointError*>(&error);
  const bool is_of_config = of_file == nullptr || of_file->path() == files.hparams.string();
  if (error.kind() != ErrorKind::kMismatch || !is_of_config) return finding;
  return damaged_config(std::move(finding), files, inferred);
}

LoadFinding explain_other_config(const Hparams& hparams, const InferredHparams& inferred,
                                 const ModelFiles& files, const std::string& origin,
                                 const LoadRequest& request) {
  LoadFinding finding;
  finding.kind = FindingKind::kOtherConfig;
  finding.error = ErrorKind::kMismatch;
  finding.cause = origin + " says other sizes than the weights have";
  const Hparams fitted = fitted_hparams(inferred, hparams);
  Sizes sizes;
  const Sizes before = sizes_of(hparams), after = sizes_of(fitted);
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].second == after[i].second) continue;
    sizes.push_back(after[i]);
    finding.evidence.push_back(before[i].first + ": it says " + std::to_string(before[i].second) +
                               ", the weights " + std::to_string(after[i].second));
  }
  if (hparams.n_inner != fitted.n_inner) {
    sizes.emplace_back("n_inner", fitted.d_mlp());
    finding.evidence.push_back("n_inner: it says " + std::to_string(hparams.d_mlp()) +
                               ", the weights " + std::to_string(fitted.d_mlp()));
  }
  const std::string of_weights = released_size(inferred), of_config = released_size(hparams);
  if (!of_weights.empty()) {
    finding.evidence.push_back("the weights have the shape of " + of_weights +
                               (of_config.empty() ? "" : ", it has that of " + of_config));
  }
  if (hparams.n_head != fitted.n_head) leave_n_head_open(finding, fitted.n_embd);
  if (fitted.n_layer < hparams.n_layer) {
    finding.evidence.push_back("or layers are missing from the checkpoint: it ends with layer " +
                               std::to_string(fitted.n_layer - 1));
  }
  finding.remedy = hparams.n_head == fitted.n_head
                       ? "write what the weights say"
                       : "write what the weights say, with the right n_head";
  const bool only_rows = std::all_of(sizes.begin(), sizes.end(), [](const auto& size) {
    return size.first == "n_vocab" || size.first == "n_ctx";
  });
  if (only_rows) finding.remedy += "; or let gpt2ckpt map slice or pad the weights to what it says";
  if (origin == files.hparams.string()) {
    finding.commands = config_edit_commands(files.hparams, sizes);
    return finding;
  }
  // The sizes stand in the checkpoint's header: a file of their own goes before it.
  LoadRequest other = request;
  other.hparams = "hparams.json";
  finding.commands = {write_config_command(other.hparams, sizes_of(fitted)), run_command(other)};
  return finding;
}

}  // namespace gpt2run
