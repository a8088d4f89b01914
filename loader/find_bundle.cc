#include "loader/find_bundle.h"

#include <system_error>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/folder_listing.h"
#include "loader/formats.h"
#include "loader/renamed_files.h"
#include "loader/state_file.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

[[noreturn]] void throw_not_found(const fs::path& path, const std::string& what) {
  throw CheckpointError(ErrorKind::kNotFound, path.string(), "", what);
}

// What a state file may name: a bundle, or one file with everything in it (V1).
bool is_checkpoint(const fs::path& path) {
  if (is_prefix(path)) return true;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  return format_of(InputFile(path)) == Format::kTensorFlowV1;
}

fs::path only_bundle(const fs::path& folder, const std::string& why,
                     std::vector<std::string>& notices) {
  const std::vector<std::string> bundles = bundles_in(folder);
  if (bundles.empty()) throw_no_bundle(folder, why);
  if (bundles.size() > 1) {
    throw CheckpointError(ErrorKind::kAmbiguous, folder.string(), "",
                          why + ", and " + std::to_string(bundles.size()) +
                              " bundles are: " + list_text(bundles) + "; give one as " +
                              (folder / bundles.front()).string());
  }
  notices.push_back(folder.string() + ": " + why + "; using " + bundles.front() +
                    ", the only bundle here");
  return folder / bundles.front();
}

// gpt-2-simple saves a model as checkpoint/run1/model-1000.index.
void refuse_folder_of_runs(const fs::path& runs, const std::string& why) {
  const std::vector<std::string> names = folders_with_bundles_in(runs);
  if (names.empty()) return;
  throw_not_found(runs,
                  why + "; give the run's folder inside it: " + (runs / names.front()).string() +
                      "; those with a bundle are: " + list_text(names));
}

// The bundle that a data file without an index belongs to.
std::string name_of_data_here(const fs::path& folder) {
  for (const std::string& name : files_in(folder)) {
    const std::string prefix = prefix_of_data_file(name);
    if (!prefix.empty()) return prefix;
  }
  return "model.ckpt";
}

}  // namespace

bool is_prefix(const fs::path& path) {
  return is_there(path.string() + ".index");
}

fs::path find_bundle_in(const fs::path& folder, std::vector<std::string>& notices) {
  const fs::path state = folder / "checkpoint";
  if (is_folder(state)) return only_bundle(folder, "checkpoint is a folder here, no file", notices);
  if (is_there(state)) return find_bundle_by_state(state, notices);
  return only_bundle(folder, "no checkpoint file here", notices);
}

// As tf.train.latest_checkpoint: relative to the state file's folder. A bundle that was moved here
// from another machine is found by its name.
fs::path find_bundle_by_state(const fs::path& state, std::vector<std::string>& notices) {
  const fs::path folder = folder_of(state);
  const fs::path target = read_state_file(state);
  if (is_checkpoint(folder / target)) return folder / target;  // target alone where it is absolute
  for (const fs::path& other : {target, folder / target.filename()}) {
    if (!target.has_filename() || !is_checkpoint(other)) continue;
    notices.push_back(state.string() + " names " + printable(target.string()) +
                      ", which is not there; using " + other.string());
    return other;
  }
  return only_bundle(
      folder, "the checkpoint file names " + printable(target.string()) + ", which is not here",
      notices);
}

fs::path find_bundle_by_data(const fs::path& data, const std::string& prefix_name,
                             std::vector<std::string>& notices) {
  const fs::path prefix = data.parent_path() / prefix_name;
  if (!is_prefix(prefix)) {
    throw_not_found(prefix.string() + ".index",
                    "is missing; " + seven_files_text(folder_of(data), prefix_name));
  }
  notices.push_back(data.string() + " is one file of a checkpoint; using " + prefix.string());
  return prefix;
}

void throw_no_bundle(const fs::path& folder, const std::string& why) {
  const fs::path state = folder / "checkpoint";
  if (is_folder(state)) {
    refuse_folder_of_runs(state, "checkpoint is a folder (as gpt-2-simple makes it)");
  }
  if (!is_there(state)) refuse_folder_of_runs(folder, "no bundle is here, but in folders inside");
  if (const auto foreign = foreign_checkpoint_in(folder)) throw CheckpointError(*foreign);
  throw_not_found(folder, why + ", and no bundle (PREFIX.index) is; " +
                              seven_files_text(folder, name_of_data_here(folder)) +
                              renamed_hint(folder) + download_hint(folder));
}

}  // namespace gpt2run
