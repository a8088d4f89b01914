#include "loader/model_files.h"

#include <algorithm>
#include <system_error>

#include "base/printable.h"
#include "base/vocabulary_files.h"
#include "loader/checkpoint_error.h"
#include "loader/checkpoints_in.h"
#include "loader/file_kind.h"
#include "loader/find_bundle.h"
#include "loader/folder_listing.h"
#include "loader/nearest_name.h"

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

// The one of a few that is nearest, however far.
std::string nearest_of(const std::string& wanted, const std::vector<std::string>& names) {
  return *std::min_element(names.begin(), names.end(),
                           [&](const std::string& a, const std::string& b) {
                             return edit_distance(wanted, a) < edit_distance(wanted, b);
                           });
}

class Finder {
 public:
  explicit Finder(std::vector<std::string>& notices) : notices_(notices) {}

  FoundCheckpoint find(const fs::path& model) {
    if (is_folder(model)) return in_folder(model);
    if (is_prefix(model)) return {Format::kBundle, model};
    if (is_there(model)) return by_file(model);
    throw_no_such_model(model);
  }

 private:
  FoundCheckpoint in_folder(const fs::path& folder) {
    // A SavedModel keeps its weights in a folder inside.
    const fs::path variables = folder / "variables" / "variables";
    const bool has_state = is_there(folder / "checkpoint");
    std::vector<std::string> bundles = bundles_in(folder);
    if (bundles.empty() && !has_state && is_prefix(variables)) return {Format::kBundle, variables};

    const std::vector<FoundCheckpoint> others = checkpoints_in(folder);
    std::erase_if(bundles, [&](const std::string& bundle) {  // an index that is something else
      return std::any_of(others.begin(), others.end(), [&](const FoundCheckpoint& other) {
        return other.path == folder / (bundle + ".index");
      });
    });
    if (others.empty()) return bundle_or_v1(find_bundle_in(folder, notices_));
    if (bundles.empty() && others.size() == 1) return others.front();
    std::vector<std::string> names;
    for (const FoundCheckpoint& other : others) {
      names.push_back(other.path.filename().string() + " (" + format_name(other.format) + ")");
    }
    for (const std::string& bundle : bundles) names.push_back(bundle + " (TensorFlow bundle)");
    throw CheckpointError(ErrorKind::kAmbiguous, folder.string(), "",
                          "holds " + std::to_string(names.size()) + " models: " + list_text(names) +
                              "; give one as " + others.front().path.string());
  }

  static FoundCheckpoint bundle_or_v1(const fs::path& path) {
    return {is_prefix(path) ? Format::kBundle : Format::kTensorFlowV1, path};
  }

  FoundCheckpoint by_file(const fs::path& path) {
    const InputFile file(path);  // throws for what is no regular file
    const std::string name = path.filename().string();
    if (const auto format = format_by_content(file)) return by_format(*format, path);
    if (name.ends_with(".index")) {
      return {Format::kBundle, path.string().substr(0, path.string().size() - 6)};
    }
    const std::string data_prefix =
        name.ends_with(".meta") ? name.substr(0, name.size() - 5) : prefix_of_data_file(name);
    if (!data_prefix.empty()) {
      return {Format::kBundle, find_bundle_by_data(path, data_prefix, notices_)};
    }
    if (name == "checkpoint") return bundle_or_v1(find_bundle_by_state(path, notices_));
    if (const auto format = format_of(file)) return by_format(*format, path);
    refuse_foreign_file(file);
    std::string start(std::min<uint64_t>(file.size(), 22), '\0');
    file.read_at(0, start.data(), start.size());
    if (start == "model_checkpoint_path:")
      return bundle_or_v1(find_bundle_by_state(path, notices_));
    throw unknown_file_error(file);
  }

  FoundCheckpoint by_format(Format format, const fs::path& path) {
    const auto index = index_of_shard(path);
    if (!index) return {format, path};
    notices_.push_back(path.string() + " is one shard of a model; using " + index->string());
    return {Format::kSafetensorsSet, *index};
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
                                 folder.string() + " are: " + list_text(bundles) +
                                 "; did you mean " + (folder / nearest_of(name, bundles)).string() +
                                 "?");
    }
    throw_not_found(model, "no such file or folder, and no " + printable(name) + ".index; in " +
                               folder.string() + " " + seven_files_text(folder, name));
  }

  std::vector<std::string>& notices_;
};

// The first that is there, else the first.
fs::path first_there(const std::vector<fs::path>& paths) {
  for (const fs::path& path : paths) {
    if (is_there(path)) return path;
  }
  return paths.front();
}

bool is_tensorflow(Format format) {
  return format == Format::kBundle || format == Format::kTensorFlowV1 || format == Format::kNpz;
}

fs::path find_hparams(const std::vector<fs::path>& folders, Format format) {
  std::vector<fs::path> paths;
  for (const fs::path& folder : folders) {
    paths.push_back(folder / "hparams.json");
    paths.push_back(folder / "config.json");
    if (!is_tensorflow(format)) std::swap(paths.back(), paths[paths.size() - 2]);
  }
  return first_there(paths);
}

// The folder that has a vocabulary, in whichever layout: the given one, or the checkpoint's.
fs::path find_vocab(const std::vector<fs::path>& folders) {
  std::vector<fs::path> paths;
  for (const fs::path& folder : folders) {
    for (const VocabularyFiles& files : kVocabularyFiles) paths.push_back(folder / files.tokens);
  }
  return first_there(paths).parent_path();
}

}  // namespace

namespace {

// Where the rest of a model is, whose checkpoint is known.
//   given  what the user named
void find_the_rest(ModelFiles& files, const fs::path& given, const fs::path& hparams,
                   const fs::path& vocab) {
  const std::vector<fs::path> folders = {is_folder(given) ? given : folder_of(given),
                                         folder_of(files.checkpoint)};
  files.is_hparams_given = !hparams.empty();
  files.hparams = !files.is_hparams_given ? find_hparams(folders, files.format)
                  : is_folder(hparams)    ? find_hparams({hparams}, files.format)
                                          : hparams;
  files.is_vocab_given = !vocab.empty();
  files.vocab = files.is_vocab_given ? vocab : find_vocab(folders);
}

}  // namespace

ModelFiles files_without_checkpoint(const fs::path& folder, const fs::path& hparams,
                                    const fs::path& vocab) {
  ModelFiles files;
  files.checkpoint = folder / "model.ckpt";
  find_the_rest(files, folder, hparams, vocab);
  return files;
}

ModelFiles find_model_files(const fs::path& model, const fs::path& hparams, const fs::path& vocab) {
  // "models/124M/" is "models/124M".
  const fs::path given =
      model.has_filename() || !model.has_relative_path() ? model : model.parent_path();
  ModelFiles files;
  const FoundCheckpoint found = Finder(files.notices).find(given);
  files.format = found.format;
  files.checkpoint = found.path;
  find_the_rest(files, given, hparams, vocab);
  return files;
}

namespace {

std::string listing(const ModelFiles& files, const fs::path& folder) {
  if (files.format != Format::kBundle) return "here: " + list_text(files_in(folder));
  return seven_files_text(folder, files.checkpoint.filename().string());
}

}  // namespace

void require_hparams(const ModelFiles& files) {
  if (is_there(files.hparams)) return;
  const fs::path folder = folder_of(files.hparams);
  throw_not_found(files.hparams, "not found; " + listing(files, folder) +
                                     "; give hparams.json or config.json with --hparams FILE" +
                                     download_hint(folder));
}

bool has_vocabulary(const fs::path& folder) {
  return std::any_of(std::begin(kVocabularyFiles), std::end(kVocabularyFiles),
                     [&](const VocabularyFiles& files) {
                       return is_there(folder / files.tokens) && is_there(folder / files.merges);
                     });
}

void require_vocabulary(const ModelFiles& files) {
  const fs::path& folder = files.vocab;
  if (has_vocabulary(folder)) return;
  std::string missing = kVocabularyFiles[0].tokens;
  for (const auto& [tokens, merges] : kVocabularyFiles) {
    if (is_there(folder / tokens)) missing = merges;
    if (is_there(folder / merges)) missing = tokens;
  }
  throw_not_found(folder / missing, "not found; " + listing(files, folder) +
                                        "; give the vocabulary's folder with --vocab DIR" +
                                        download_hint(folder));
}

}  // namespace gpt2run
