#include "loader/model_files.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"
#include "base/printable.h"
#include "loader/bundle_index.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"
#include "loader/folder_listing.h"
#include "loader/state_file.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_prefix(const fs::path& path) {
  return is_there(path.string() + ".index");
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

[[noreturn]] void throw_not_found(const fs::path& path, const std::string& what) {
  throw CheckpointError(ErrorKind::kNotFound, path.string(), "", what);
}

class Finder {
 public:
  explicit Finder(std::vector<std::string>& notices) : notices_(notices) {}

  fs::path find(const fs::path& model) {
    if (is_folder(model)) return in_folder(model);
    if (is_prefix(model)) return model;
    if (is_there(model)) return by_file(model);
    throw_no_such_model(model);
  }

 private:
  fs::path in_folder(const fs::path& folder) {
    const fs::path state = folder / "checkpoint";
    if (is_folder(state)) return only_bundle(folder, "checkpoint is a folder here, no file");
    if (is_there(state)) return by_state_file(state);
    return only_bundle(folder, "no checkpoint file here");
  }

  // As tf.train.latest_checkpoint: relative to the state file's folder. A bundle that was moved
  // here from another machine is found by its name.
  fs::path by_state_file(const fs::path& state) {
    const fs::path folder = folder_of(state);
    const fs::path target = read_state_file(state);
    if (is_prefix(folder / target)) return folder / target;  // target alone where it is absolute
    for (const fs::path& other : {target, folder / target.filename()}) {
      if (!target.has_filename() || !is_prefix(other)) continue;
      notices_.push_back(state.string() + " names " + printable(target.string()) +
                         ", which is not there; using " + other.string());
      return other;
    }
    return only_bundle(
        folder, "the checkpoint file names " + printable(target.string()) + ", which is not here");
  }

  fs::path only_bundle(const fs::path& folder, const std::string& why) {
    const std::vector<std::string> bundles = bundles_in(folder);
    if (bundles.empty()) throw_no_bundle(folder, why);
    if (bundles.size() > 1) {
      throw_not_found(folder, why + ", and " + std::to_string(bundles.size()) +
                                  " bundles are: " + list_text(bundles) + "; give one as " +
                                  (folder / bundles.front()).string());
    }
    notices_.push_back(folder.string() + ": " + why + "; using " + bundles.front() +
                       ", the only bundle here");
    return folder / bundles.front();
  }

  fs::path by_file(const fs::path& path) {
    const InputFile file(path);  // throws for what is no regular file
    const std::string name = path.filename().string();
    if (name.ends_with(".index")) return path.string().substr(0, path.string().size() - 6);
    const std::string data_prefix =
        name.ends_with(".meta") ? name.substr(0, name.size() - 5) : prefix_of_data_file(name);
    if (!data_prefix.empty()) return by_data_file(path, data_prefix);
    if (name == "checkpoint") return by_state_file(path);
    refuse_foreign_file(file);
    if (is_v1_checkpoint(file)) {
      throw CheckpointError(ErrorKind::kUnsupported, path.string(), "", v1_text());
    }
    std::string start(std::min<uint64_t>(file.size(), 22), '\0');
    file.read_at(0, start.data(), start.size());
    if (start == "model_checkpoint_path:") return by_state_file(path);
    throw CheckpointError(ErrorKind::kCorrupt, path.string(), "",
                          "expected a folder, a checkpoint's prefix, a checkpoint file, an .index "
                          "or a .data-* file, found none of these");
  }

  fs::path by_data_file(const fs::path& path, const std::string& prefix_name) {
    const fs::path prefix = path.parent_path() / prefix_name;
    if (!is_prefix(prefix)) {
      throw_not_found(prefix.string() + ".index",
                      "is missing; " + seven_files_text(folder_of(path), prefix_name));
    }
    notices_.push_back(path.string() + " is one file of a checkpoint; using " + prefix.string());
    return prefix;
  }

  [[noreturn]] static void throw_no_bundle(const fs::path& folder, const std::string& why) {
    const fs::path state = folder / "checkpoint";
    if (is_folder(state))
      refuse_folder_of_runs(state, "checkpoint is a folder (as gpt-2-simple makes it)");
    if (!is_there(state)) refuse_folder_of_runs(folder, "no bundle is here, but in folders inside");
    if (const auto foreign = foreign_checkpoint_in(folder)) throw CheckpointError(*foreign);
    throw_not_found(folder, why + ", and no bundle (PREFIX.index) is; " +
                                seven_files_text(folder, name_of_data_here(folder)) +
                                download_hint(folder));
  }

  // gpt-2-simple saves a model as checkpoint/run1/model-1000.index.
  static void refuse_folder_of_runs(const fs::path& runs, const std::string& why) {
    const std::vector<std::string> names = folders_with_bundles_in(runs);
    if (names.empty()) return;
    throw_not_found(runs,
                    why + "; give the run's folder inside it: " + (runs / names.front()).string() +
                        "; those with a bundle are: " + list_text(names));
  }

  // The bundle that a data file without an index belongs to.
  static std::string name_of_data_here(const fs::path& folder) {
    for (const std::string& name : files_in(folder)) {
      const std::string prefix = prefix_of_data_file(name);
      if (!prefix.empty()) return prefix;
    }
    return "model.ckpt";
  }

  [[noreturn]] static void throw_no_such_model(const fs::path& model) {
    const fs::path folder = folder_of(model);
    const std::string hint = download_hint(model);
    if (!hint.empty() || !is_folder(folder))
      throw_not_found(model, "no such file or folder" + hint);
    std::string name = model.filename().string();
    if (name.ends_with(".index")) name.resize(name.size() - 6);
    const std::vector<std::string> bundles = bundles_in(folder);
    if (!bundles.empty()) {
      throw_not_found(model, "no " + printable(name) + ".index here; the bundles in " +
                                 folder.string() + " are: " + list_text(bundles));
    }
    throw_not_found(model, "no such file or folder, and no " + printable(name) + ".index; in " +
                               folder.string() + " " + seven_files_text(folder, name));
  }

  std::vector<std::string>& notices_;
};

// The folder that has the file: the one that was given, or the bundle's.
fs::path folder_with(const std::vector<fs::path>& folders, const char* name) {
  for (const fs::path& folder : folders) {
    if (is_there(folder / name)) return folder;
  }
  return folders.front();
}

}  // namespace

ModelFiles find_model_files(const fs::path& model, const fs::path& hparams, const fs::path& vocab) {
  // "models/124M/" is "models/124M".
  const fs::path given =
      model.has_filename() || !model.has_relative_path() ? model : model.parent_path();
  ModelFiles files;
  files.prefix = Finder(files.notices).find(given);
  const std::vector<fs::path> folders = {is_folder(given) ? given : folder_of(given),
                                         folder_of(files.prefix)};
  files.hparams = hparams.empty() ? folder_with(folders, "hparams.json") / "hparams.json" : hparams;
  files.vocab = vocab.empty() ? folder_with(folders, "encoder.json") : vocab;
  return files;
}

namespace {

// What else is missing matters little where the bundle itself is of a kind that is not read.
void refuse_object_based(const ModelFiles& files) {
  const std::string index = files.prefix.string() + ".index";
  for (const BundleEntry& tensor : read_bundle_index(index).tensors) {
    if (is_object_based(tensor.name)) throw_object_based(files.prefix.string());
  }
}

}  // namespace

void require_hparams(const ModelFiles& files) {
  if (is_there(files.hparams)) return;
  refuse_object_based(files);
  throw_not_found(files.hparams,
                  "not found; " +
                      seven_files_text(folder_of(files.hparams), files.prefix.filename().string()) +
                      "; give it with --hparams FILE" + download_hint(folder_of(files.hparams)));
}

void require_vocabulary(const ModelFiles& files) {
  for (const char* name : {"encoder.json", "vocab.bpe"}) {
    if (is_there(files.vocab / name)) continue;
    refuse_object_based(files);
    throw_not_found(
        files.vocab / name,
        "not found; " + seven_files_text(files.vocab, files.prefix.filename().string()) +
            "; give the vocabulary's folder with --vocab DIR" + download_hint(files.vocab));
  }
}

}  // namespace gpt2run
