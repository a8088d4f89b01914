#include "loader/explain_error.h"

#include <algorithm>
#include <iterator>
#include <system_error>

#include "base/file.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"
#include "loader/folder_listing.h"
#include "loader/formats.h"
#include "loader/renamed_files.h"

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
      return FindingKind::kOther;
    case ErrorKind::kUnsupported:
      return FindingKind::kUnsupported;
    case ErrorKind::kAmbiguous:
      return FindingKind::kSeveralModels;
    case ErrorKind::kTokenizer:
      return FindingKind::kDamagedVocabulary;
  }
  return FindingKind::kUnreadable;
}

// Where "do Z" begins in "path: where: expected X, found Y; do Z": behind the last separator that a
// word of advice follows. npos if there is none.
size_t advice_in(std::string_view message) {
  constexpr std::string_view kAdvice[] = {"add ",  "correct ", "download ", "get ",
                                          "give ", "leave ",   "mend ",     "run ",
                                          "save ", "unpack ",  "use "};
  size_t found = std::string_view::npos;
  for (const std::string_view separator : {"; ", ", ", ": "}) {
    for (size_t at = message.find(separator); at != message.npos;
         at = message.find(separator, at + 1)) {
      const std::string_view rest = message.substr(at + separator.size());
      const bool is_advice =
          std::any_of(std::begin(kAdvice), std::end(kAdvice),
                      [&](std::string_view word) { return rest.starts_with(word); });
      if (is_advice && (found == message.npos || at > found)) found = at;
    }
  }
  return found;
}

LoadFinding by_message(const InputError& error) {
  LoadFinding finding;
  finding.kind = kind_of(error.kind());
  finding.error = error.kind();
  finding.cause = without_advice(error);
  const std::string message = error.what();
  if (finding.cause.size() < message.size()) {
    finding.remedy = message.substr(finding.cause.size() + 2);
  }
  return finding;
}

LoadFinding interrupted(const TruncatedError& error) {
  LoadFinding finding;
  finding.kind = FindingKind::kInterruptedDownload;
  finding.error = error.kind();
  const fs::path path = error.path();
  finding.cause =
      path.string() + " is cut off, as an interrupted download or a full disk leaves it";
  finding.evidence = {
      std::to_string(error.n_here()) + " bytes are here, " + std::to_string(error.n_needed()) +
      " are needed: " + std::to_string(error.n_needed() - error.n_here()) + " are missing"};
  finding.remedy =
      "fetch the rest of it from where it came from (curl --continue-at - goes on where it "
      "stopped), or all of it again";
  add_download(finding, folder_of(path), error.n_needed());
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

LoadFinding explain_lfs_pointers(const fs::path& folder) {
  LoadFinding finding;
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
std::optional<LoadFinding> other_format(const CheckpointError& error, const LoadRequest& request) {
  const std::string name = fs::path(error.path()).filename().string();
  const bool is_part =
      name == "checkpoint" || name.ends_with(".index") || !prefix_of_data_file(name).empty();
  if (!is_part) return std::nullopt;
  try {
    const InputFile file(error.path());
    const auto kind = foreign_kind(file);
    if (!kind || kind->error != ErrorKind::kUnsupported) return std::nullopt;
    LoadFinding finding = by_message(error);
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

std::string without_advice(const InputError& error) {
  const std::string message = error.what();
  return message.substr(0, advice_in(message));
}

void add_download(LoadFinding& finding, const fs::path& folder, uint64_t n_bytes) {
  struct Release {
    const char* name;
    uint64_t n_bytes;  // of its data file
  };
  for (const Release& release : {Release{"124M", 497759232}, Release{"355M", 1419292672},
                                 Release{"774M", 3096120320}, Release{"1558M", 6230444800}}) {
    if (release.n_bytes != n_bytes && folder.filename() != release.name) continue;
    finding.evidence.push_back(std::string("it is OpenAI's ") + release.name);
    finding.commands = {std::string("scripts/download_model.sh ") + release.name + " --output " +
                        shell_quoted(folder.string())};
    return;
  }
}

std::optional<LoadFinding> explain_failed_download(const fs::path& path) {
  try {
    const auto kind = foreign_kind(InputFile(path));
    if (!kind || kind->error != ErrorKind::kCorrupt) return std::nullopt;
    if (kind->is_lfs_pointer) return explain_lfs_pointers(folder_of(path));
    LoadFinding finding;
    finding.kind = FindingKind::kFailedDownload;
    finding.cause = path.string() + " " + kind->text.substr(0, kind->text.find("; "));
    finding.remedy = "download it again";
    return finding;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

LoadFinding explain_error(const InputError& error, const LoadRequest& request) {
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

std::optional<LoadFinding> explain_renamed_files(const std::filesystem::path& folder,
                                                 ErrorKind error) {
  const auto renamed = renamed_files_in(folder);
  if (renamed.empty()) return std::nullopt;
  LoadFinding finding;
  finding.kind = FindingKind::kRenamedFile;
  finding.error = error;
  finding.cause = "files were renamed, as browsers and editors do, and are not found";
  finding.remedy = "give them their names back";
  for (const auto& [name, original] : renamed) {
    finding.evidence.push_back((folder / name).string() + " would be " + original);
    finding.commands.push_back("mv -n -- " + shell_quoted((folder / name).string()) + " " +
                               shell_quoted((folder / original).string()));
  }
  return finding;
}

}  // namespace gpt2run
