#include "loader/folder_listing.h"

#include <algorithm>
#include <iterator>
#include <system_error>

#include "base/printable.h"
#include "loader/checkpoints_in.h"
#include "loader/file_kind.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxFiles = 100000;  // looked at in one folder
constexpr size_t kMaxListed = 12;

// All names in a folder that is_wanted, sorted. None if there is no such folder.
template <class IsWanted>
std::vector<std::string> names_in(const std::filesystem::path& folder, const IsWanted& is_wanted) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end;
       !error && at != end && names.size() < kMaxFiles; at.increment(error)) {
    if (is_wanted(*at)) names.push_back(at->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    throw CheckpointError(ErrorKind::kRuntime, folder.string(), "",
                          "cannot be read: " + error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_folder(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_directory(ignored);
}

bool is_part_of_bundle(const std::string& name) {
  return name == "checkpoint" || name.ends_with(".index") || name.ends_with(".meta") ||
         !prefix_of_data_file(name).empty();
}

bool is_checkpoint_name(const std::string& name) {
  constexpr std::string_view kEndings[] = {".bin",  ".pt",    ".pth",  ".npz",    ".safetensors",
                                           ".gguf", ".ggml",  ".h5",   ".hdf5",   ".msgpack",
                                           ".onnx", ".keras", ".ckpt", ".pickle", ".pkl"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// Nothing for what is no checkpoint of another format.
std::optional<CheckpointError> foreign_checkpoint(const InputFile& file) {
  const auto kind = foreign_kind(file);
  if (!kind) {
    if (!is_checkpoint_name(file.path().filename().string())) return std::nullopt;
    return unknown_file_error(file);
  }
  const bool by_bytes = kind->error == ErrorKind::kUnsupported && !kind->holds_any;
  if (!by_bytes && !is_checkpoint_name(file.path().filename().string())) return std::nullopt;
  return CheckpointError(kind->error, file.path().string(), "", kind->text);
}

}  // namespace

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

bool leads_to_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  return names_in(folder, [](const auto& entry) { return !is_folder(entry); });
}

std::vector<std::string> folders_with_bundles_in(const std::filesystem::path& folder) {
  return names_in(folder, [](const auto& entry) {
    try {
      return is_folder(entry) && !bundles_in(entry.path()).empty();
    } catch (const CheckpointError&) {
      return false;  // it cannot be read
    }
  });
}

std::string prefix_of_data_file(const std::string& name) {
  constexpr std::string_view kForm = ".data-ddddd-of-ddddd";
  if (name.size() <= kForm.size()) return "";
  const size_t at = name.size() - kForm.size();
  for (size_t i = 0; i < kForm.size(); ++i) {
    const char c = name[at + i];
    const bool fits =
        kForm[i] == 'd' && i > 1 ? (c >= '0' && c <= '9') || c == kForm[i] : c == kForm[i];
    if (!fits) return "";
  }
  return name.substr(0, at);
}

std::vector<std::string> bundles_in(const std::filesystem::path& folder) {
  constexpr std::string_view kSuffix = ".index";
  std::vector<std::string> bundles;
  for (const std::string& name : files_in(folder)) {
    if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) {
      bundles.push_back(name.substr(0, name.size() - kSuffix.size()));
    }
  }
  return bundles;
}

std::string list_text(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMaxListed); ++i) {
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  if (names.size() > kMaxListed)
    text += " and " + std::to_string(names.size() - kMaxListed) + " more";
  return text;
}

std::string seven_files_text(const std::filesystem::path& folder, const std::string& bundle) {
  std::vector<std::string> here, missing, others;
  const std::vector<std::string> names = files_in(folder);
  const auto any_data = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return name.starts_with(bundle + ".data-");
  });
  const std::string data = any_data == names.end() ? bundle + ".data-00000-of-00001" : *any_data;
  const std::vector<std::string> seven = {"checkpoint",      "encoder.json",   "hparams.json", data,
                                          bundle + ".index", bundle + ".meta", "vocab.bpe"};
  for (const std::string& name : seven) {
    const bool is_here = std::binary_search(names.begin(), names.end(), name);
    (is_here ? here : missing).push_back(name);
  }
  for (const std::string& name : names) {
    if (std::find(seven.begin(), seven.end(), name) == seven.end()) others.push_back(name);
  }
  std::string text = "here: " + list_text(here) + "; missing: " + list_text(missing);
  if (!others.empty()) text += "; other files here: " + list_text(others);
  return text;
}

std::optional<CheckpointError> foreign_checkpoint_in(const std::filesystem::path& folder) {
  constexpr size_t kMaxOpened = 256;
  const std::vector<std::string> names = files_in(folder);
  const bool any_part = std::any_of(names.begin(), names.end(), is_part_of_bundle);
  if (any_part) return std::nullopt;
  for (size_t i = 0; i < std::min(names.size(), kMaxOpened); ++i) {
    const auto path = folder / names[i];
    try {
      const InputFile file(path);
      if (const auto foreign = foreign_checkpoint(file)) return foreign;
    } catch (const InputError&) {
      continue;  // a FIFO, a broken link, a file that may not be read: no checkpoint either
    }
  }
  return std::nullopt;
}

std::string download_hint(const std::filesystem::path& model) {
  const std::string name = model.filename().string();
  for (const char* size : {"124M", "355M", "774M", "1558M"}) {
    if (name == size) return "; scripts/download_model.sh " + name + " fetches it";
  }
  return "";
}

}  // namespace gpt2run
