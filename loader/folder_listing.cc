#include "loader/folder_listing.h"

#include <algorithm>
#include <system_error>

#include "base/printable.h"
#include "loader/bundle_index.h"
#include "loader/file_kind.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxFiles = 100000;  // looked at in one folder
constexpr size_t kMaxListed = 12;

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end;
       !error && at != end && names.size() < kMaxFiles; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_directory(ignored)) names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

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
  size_t n_opened = 0;
  for (const std::string& name : files_in(folder)) {
    if (++n_opened > kMaxOpened) break;
    const auto path = folder / name;
    try {
      const InputFile file(path);
      if (is_v1_checkpoint(file)) {
        return CheckpointError(ErrorKind::kUnsupported, path.string(), "", v1_text());
      }
      const auto kind = foreign_kind(file);
      const bool is_lfs = kind && kind->text.find("Git LFS") != std::string::npos;
      if (kind && (kind->error == ErrorKind::kUnsupported || is_lfs)) {
        return CheckpointError(kind->error, path.string(), "", kind->text);
      }
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
