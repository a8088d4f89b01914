#include <algorithm>
#include <charconv>
#include <system_error>

#include "loader/checkpoint_error.h"
#include "loader/checkpoints_in.h"
#include "loader/explain_error.h"
#include "loader/folder_listing.h"
#include "loader/nearest_name.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxChoices = 12;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// The command for each of several models, of which one is meant.
void add_choices(LoadFinding& finding, const LoadRequest& request,
                 const std::vector<fs::path>& models) {
  for (size_t i = 0; i < std::min(models.size(), kMaxChoices); ++i) {
    LoadRequest other = request;
    other.model = models[i];
    finding.commands.push_back(run_command(other));
  }
  finding.is_choice = models.size() > 1;
}

// 1000 of "model-1000"; -1 without.
int64_t step_of(const std::string& name) {
  const size_t at = name.rfind('-');
  if (at == std::string::npos) return -1;
  int64_t step = -1;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + at + 1, end, step);
  return error == std::errc() && stop == end ? step : -1;
}

// Those of the latest step first.
std::vector<fs::path> models_in(const fs::path& folder) {
  std::vector<std::string> bundles = bundles_in(folder);
  std::stable_sort(bundles.begin(), bundles.end(), [](const std::string& a, const std::string& b) {
    return step_of(a) > step_of(b);
  });
  std::vector<fs::path> models;
  for (const std::string& bundle : bundles) models.push_back(folder / bundle);
  try {
    for (const FoundCheckpoint& other : checkpoints_in(folder)) models.push_back(other.path);
  } catch (const CheckpointError&) {
    // Shards without their index: the bundles are all there is.
  }
  return models;
}

LoadFinding no_such_model(LoadFinding finding, const LoadRequest& request) {
  finding.kind = FindingKind::kNoSuchModel;
  std::vector<fs::path> models = models_in(folder_of(request.model));
  std::stable_sort(models.begin(), models.end(), [&](const fs::path& a, const fs::path& b) {
    const std::string wanted = request.model.filename().string();
    return edit_distance(wanted, a.filename().string()) <
           edit_distance(wanted, b.filename().string());
  });
  if (models.empty()) return finding;
  finding.remedy = "give one that is there";
  add_choices(finding, request, models);
  return finding;
}

LoadFinding several_models(LoadFinding finding, const LoadRequest& request) {
  finding.kind = FindingKind::kSeveralModels;
  finding.remedy = "say which one";
  const fs::path folder = is_folder(request.model) ? request.model : folder_of(request.model);
  add_choices(finding, request, models_in(folder));
  return finding;
}

// gpt-2-simple saves a model as checkpoint/run1/model-1000.index.
std::vector<fs::path> runs_in(const fs::path& folder) {
  for (const fs::path& runs : {folder, folder / "checkpoint"}) {
    std::vector<fs::path> paths;
    for (const std::string& name : folders_with_bundles_in(runs)) paths.push_back(runs / name);
    if (!paths.empty()) return paths;
  }
  return {};
}

// "model.ckpt: .meta is here; .index and .data-* are not"
void list_parts(LoadFinding& finding, const fs::path& folder) {
  std::vector<std::string> names = files_in(folder);
  std::vector<std::string> prefixes;
  for (const std::string& name : names) {
    std::string prefix = prefix_of_data_file(name);
    if (name.ends_with(".meta")) prefix = name.substr(0, name.size() - 5);
    if (!prefix.empty() && std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) {
      prefixes.push_back(prefix);
    }
  }
  for (const std::string& prefix : prefixes) {
    std::string here, missing;
    const auto add = [](std::string& list, const std::string& part) {
      list += (list.empty() ? "" : ", ") + part;
    };
    add(is_there(folder / (prefix + ".meta")) ? here : missing, prefix + ".meta");
    const bool has_data = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return prefix_of_data_file(name) == prefix;
    });
    add(has_data ? here : missing, prefix + ".data-*");
    add(missing, prefix + ".index");
    finding.evidence.push_back("of " + prefix + " here: " + here + "; missing: " + missing +
                               " (.meta is not needed)");
  }
}

}  // namespace

LoadFinding explain_not_found(const InputError& error, const LoadRequest& request) {
  const fs::path& model = request.model;
  const bool is_here = leads_to_file(model);
  const fs::path folder = is_folder(model) ? model : folder_of(model);
  const bool is_sought =
      error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kAmbiguous;
  if (is_sought && is_folder(folder)) {
    if (auto renamed = explain_renamed_files(folder, error.kind())) {
      renamed->evidence.emplace_back(error.what());
      return *renamed;
    }
  }
  LoadFinding finding = explain_error(error, request);
  if (error.kind() == ErrorKind::kAmbiguous) return several_models(std::move(finding), request);
  if (error.kind() != ErrorKind::kNotFound) {
    const auto* of_file = dynamic_cast<const CheckpointError*>(&error);
    const bool is_state =
        of_file != nullptr && fs::path(of_file->path()).filename() == "checkpoint";
    if (is_state && finding.kind == FindingKind::kDamagedFile) {
      finding.kind = FindingKind::kStateFile;
      add_choices(finding, request, models_in(folder_of(of_file->path())));
    }
    return finding;
  }
  if (!is_here) return no_such_model(std::move(finding), request);
  if (is_folder(model)) {
    const std::vector<fs::path> runs = runs_in(model);
    if (!runs.empty()) {
      add_choices(finding, request, runs);
      return finding;
    }
  }
  const std::string message = finding.cause;
  finding.cause = message.substr(0, message.find("; "));
  if (finding.cause.size() < message.size()) {
    finding.evidence.push_back(message.substr(finding.cause.size() + 2));
  }
  list_parts(finding, folder);
  finding.remedy = "get what is missing from where the rest came from";
  add_download(finding, folder, 0);
  return finding;
}

}  // namespace gpt2run
