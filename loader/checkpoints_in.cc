#include "loader/checkpoints_in.h"

#include <algorithm>
#include <cstdio>

#include "loader/file_kind.h"
#include "loader/folder_listing.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxOpened = 256;

// "model" for model-00001-of-00004.safetensors; "" for other names.
std::string stem_of_shard(const std::string& name) {
  constexpr std::string_view kForm = "-ddddd-of-ddddd.safetensors";
  if (name.size() <= kForm.size()) return "";
  const size_t at = name.size() - kForm.size();
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool is_digit = name[at + i] >= '0' && name[at + i] <= '9';
    const bool wants_digit = kForm[i] == 'd';
    if (wants_digit ? !is_digit : name[at + i] != kForm[i]) return "";
  }
  return name.substr(0, at);
}

bool is_of_trainer(const std::string& name) {
  constexpr std::string_view kNames[] = {"optimizer.pt", "optimizer.bin",     "scheduler.pt",
                                         "scaler.pt",    "training_args.bin", "trainer_state.pt"};
  return name.starts_with("rng_state") || name.starts_with("events.out.") ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool is_damaged_download(const InputFile& file) {
  const auto kind = foreign_kind(file);
  return kind && kind->error == ErrorKind::kCorrupt;
}

[[noreturn]] void throw_no_index(const fs::path& shard, const std::string& stem) {
  throw CheckpointError(ErrorKind::kNotFound, shard.string(), "",
                        "is one shard of a model, and " + stem +
                            ".safetensors.index.json, which says what is in which, is not here; "
                            "get it from where the shards came from");
}

}  // namespace

std::optional<fs::path> index_of_shard(const fs::path& path) {
  const std::string stem = stem_of_shard(path.filename().string());
  if (stem.empty()) return std::nullopt;
  const fs::path index = path.parent_path() / (stem + ".safetensors.index.json");
  if (!is_there(index)) return std::nullopt;
  return index;
}

std::vector<FoundCheckpoint> checkpoints_in(const fs::path& folder) {
  std::vector<FoundCheckpoint> by_content, by_name;
  std::optional<fs::path> lone_shard;
  size_t n_opened = 0;
  for (const std::string& name : files_in(folder)) {
    const fs::path path = folder / name;
    if (is_of_trainer(name) || n_opened == kMaxOpened) continue;
    if (index_of_shard(path)) continue;
    if (!stem_of_shard(name).empty()) {
      if (!lone_shard) lone_shard = path;
      continue;
    }
    try {
      ++n_opened;
      const InputFile file(path);
      const auto format = format_of(file);
      if (!format) continue;
      (is_damaged_download(file) || !format_by_content(file) ? by_name : by_content)
          .push_back({*format, path});
    } catch (const InputError&) {
      continue;  // a FIFO, a broken link, a file that may not be read: no checkpoint either
    }
  }
  if (by_content.empty() && lone_shard) {
    throw_no_index(*lone_shard, stem_of_shard(lone_shard->filename().string()));
  }
  return by_content.empty() ? by_name : by_content;
}

CheckpointError unknown_file_error(const InputFile& file) {
  unsigned char start[8] = {};
  const size_t n = static_cast<size_t>(std::min<uint64_t>(file.size(), sizeof(start)));
  file.read_at(0, start, n);
  std::string bytes;
  for (size_t i = 0; i < n; ++i) {
    char text[8];
    std::snprintf(text, sizeof(text), "%s%02x", i == 0 ? "" : " ", start[i]);
    bytes += text;
  }
  return CheckpointError(ErrorKind::kCorrupt, file.path().string(), "",
                         "expected a checkpoint of a format that is read, or a bundle's prefix or "
                         "file, found a file that begins with the bytes " +
                             bytes);
}

}  // namespace gpt2run
