#include "loader/explain_error.h"

#include <system_error>

#include "base/file.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"
#include "loader/folder_listing.h"
#include "loader/formats.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

FindingKind kind_of(ErrorKind error) {
  switch (error) {
    case ErrorKind::kRuntime:
      return FindingKind::kUnreadable;
    case ErrorKind::kNotFound:
      return FindingKind::kMissingFile;
    case ErrorKind::kCorrupt:
      return FindingKind::kDamagedFile;
    case ErrorKind::kMismatch:
      return FindingKind::kDamagedConfig;
    case ErrorKind::kUnsupported:
      return FindingKind::kUnsupported;
    case ErrorKind::kAmbiguous:
      return FindingKind::kSeveralModels;
    case ErrorKind::kTokenizer:
      return FindingKind::kDamagedVocabulary;
  }
  return FindingKind::kUnreadable;
}

// Messages read "path: where: expected X, found Y; do Z".
Finding by_message(const InputError& error) {
  Finding finding;
  finding.kind = kind_of(error.kind());
  finding.error = error.kind();
  const std::string message = error.what();
  const size_t at = message.rfind("; ");
  finding.cause = message.substr(0, at);
  if (at != std::string::npos) finding.remedy = message.substr(at + 2);
  return finding;
}

// "355M" for a data file of OpenAI's that has, or should have, that many bytes.
std::string release_of(uint64_t n_bytes) {
  struct Release {
    const char* name;
    uint64_t n_bytes;
  };
  for (const Release& release : {Release{"124M", 497759232}, Release{"355M", 1419292672},
                                 Release{"774M", 3096120320}, Release{"1558M", 6230444800}}) {
    if (release.n_bytes == n_bytes) return release.name;
  }
  return "";
}

Finding interrupted(const TruncatedError& error) {
  Finding finding;
  finding.kind = FindingKind::kInterruptedDownload;
  finding.error = error.kind();
  const fs::path path = error.path();
  finding.cause =
      path.string() + " is cut off, as an interrupted download or a full disk leaves it";
  finding.evidence = {
      std::to_string(error.n_here()) + " bytes are here, " + std::to_string(error.n_needed()) +
          " are needed: " + std::to_string(error.n_needed() - error.n_here()) + " are missing",
      error.what()};
  finding.remedy =
      "fetch the rest of it from where it came from (curl --continue-at - goes on where it "
      "stopped), or all of it again";
  const std::string release = release_of(error.n_needed());
  if (!release.empty()) {
    finding.commands = {"scripts/download_model.sh " + release + " --output " +
                        shell_quoted(folder_of(path).string())};
  }
  return finding;
}

std::vector<fs::path> lfs_pointers_in(const fs::path& folder) {
  constexpr size_t kMaxOpened = 256;
  std::vector<fs::path> pointers;
  size_t n_opened = 0;
  for (const std::string& name : files_in(folder)) {
    if (++n_opened > kMaxOpened) break;
    try {
      const auto kind = foreign_kind(InputFile(folder / name));
      if (kind && kind->is_lfs_pointer) pointers.push_back(folder / name);
    } catch (const InputError&) {
      continue;  // a FIFO, a broken link
    }
  }
  return pointers;
}

Finding explain_lfs_pointers(const fs::path& folder) {
  Finding finding;
  finding.kind = FindingKind::kLfsPointer;
  const std::vector<fs::path> pointers = lfs_pointers_in(folder);
  for (const fs::path& pointer : pointers) {
    const std::string text = foreign_kind(InputFile(pointer))->text;
    finding.evidence.push_back(pointer.string() + " " + text.substr(0, text.find("; ")));
  }
  finding.cause = std::to_string(pointers.size()) +
                  (pointers.size() == 1 ? " file is" : " files are") +
                  " a Git LFS pointer, a text of three lines in the weights' place";
  finding.remedy = "fetch what it stands for; if the folder is no Git clone, download it again";
  finding.commands = {"git -C " + shell_quoted(folder.string()) + " lfs pull"};
  return finding;
}

// A known format under the name of a bundle's part.
std::optional<Finding> other_format(const CheckpointError& error, const LoadRequest& request) {
  const std::string name = fs::path(error.path()).filename().string();
  const bool is_part =
      name == "checkpoint" || name.ends_with(".index") || !prefix_of_data_file(name).empty();
  if (!is_part) return std::nullopt;
  try {
    const InputFile file(error.path());
    const auto kind = foreign_kind(file);
    if (!kind || kind->error != ErrorKind::kUnsupported) return std::nullopt;
    Finding finding = by_message(error);
    finding.kind = FindingKind::kOtherFormat;
    if (!format_by_content(file)) return finding;
    finding.remedy = "a file is opened by what it holds where it is given itself";
    LoadRequest itself = request;
    itself.model = error.path();
    finding.commands = {run_command(itself)};
    return finding;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Finding> explain_failed_download(const fs::path& path) {
  try {
    const auto kind = foreign_kind(InputFile(path));
    if (!kind || kind->error != ErrorKind::kCorrupt) return std::nullopt;
    if (kind->is_lfs_pointer) return explain_lfs_pointers(folder_of(path));
    Finding finding;
    finding.kind = FindingKind::kFailedDownload;
    finding.cause = path.string() + " " + kind->text.substr(0, kind->text.find("; "));
    finding.remedy = "download it again";
    return finding;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

Finding explain_error(const InputError& error, const LoadRequest& request) {
  if (const auto* truncated = dynamic_cast<const TruncatedError*>(&error)) {
    return interrupted(*truncated);
  }
  if (const auto* of_file = dynamic_cast<const CheckpointError*>(&error)) {
    if (error.kind() == ErrorKind::kCorrupt) {
      if (auto finding = explain_failed_download(of_file->path())) return *finding;
    }
    if (error.kind() == ErrorKind::kUnsupported) {
      if (auto finding = other_format(*of_file, request)) return *finding;
    }
  }
  return by_message(error);
}

}  // namespace gpt2run
