#include "loader/explain_bundle.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "loader/checkpoint_error.h"
#include "loader/crc32c.h"
#include "loader/explain_error.h"
#include "loader/file_kind.h"
#include "loader/folder_listing.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

struct Shard {
  fs::path path;
  uint64_t n_needed = 0;
  std::vector<const BundleEntry*> entries;  // with data of their own, as they lie
};

std::map<int, Shard> shards_of(const fs::path& prefix, const BundleIndex& index) {
  std::map<int, Shard> shards;
  for (const auto* entries : {&index.tensors, &index.parts}) {
    for (const BundleEntry& entry : *entries) {
      if (!entry.slices.empty()) continue;
      Shard& shard = shards[entry.shard];
      shard.path = shard_path(prefix, entry.shard, index.n_shards);
      shard.n_needed = std::max(shard.n_needed, entry.offset + entry.n_bytes);
      shard.entries.push_back(&entry);
    }
  }
  for (auto& [number, shard] : shards) {
    std::sort(shard.entries.begin(), shard.entries.end(),
              [](const BundleEntry* a, const BundleEntry* b) { return a->offset < b->offset; });
  }
  return shards;
}

bool has_right_checksum(const InputFile& file, const BundleEntry& entry) {
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  std::vector<char> buffer(static_cast<size_t>(std::min(kPiece, entry.n_bytes)));
  uint32_t crc = 0;
  for (uint64_t done = 0; done < entry.n_bytes;) {
    const auto n = static_cast<size_t>(std::min(kPiece, entry.n_bytes - done));
    file.read_at(entry.offset + done, buffer.data(), n);
    crc = extend_crc32c(crc, buffer.data(), n);
    done += n;
  }
  return crc == entry.crc32c;
}

// What is there of a file that ends too early is the beginning of the right one, or another's.
void compare_beginning(LoadFinding& finding, const InputFile& file, const Shard& shard) {
  constexpr size_t kEnough = 8;
  size_t n_right = 0, n_wrong = 0;
  for (const BundleEntry* entry : shard.entries) {
    // Of strings the checksum is made in another way.
    const bool is_whole = entry->offset + entry->n_bytes <= file.size() && entry->n_bytes > 0 &&
                          entry->type->dtype != DType::kString;
    if (!is_whole) continue;
    ++(has_right_checksum(file, *entry) ? n_right : n_wrong);
    if (n_right + n_wrong == kEnough) break;
  }
  if (n_wrong > n_right) {
    finding.kind = FindingKind::kOtherSave;
    finding.cause = shard.path.string() + " belongs to another save than its index";
    finding.evidence.push_back(std::to_string(n_wrong) + " of the first " +
                               std::to_string(n_right + n_wrong) +
                               " tensors have a wrong checksum");
    finding.remedy = "get index and data of one save, both of them";
    finding.commands.clear();
  } else if (n_right > 0) {
    finding.evidence.push_back("the first " + std::to_string(n_right) +
                               " tensors have the right checksums: it is the beginning of the "
                               "right file");
  }
}

}  // namespace

std::vector<LoadFinding> explain_data_files(const fs::path& prefix, const BundleIndex& index,
                                            const LoadRequest& request) {
  std::vector<LoadFinding> findings;
  LoadFinding missing;
  missing.kind = FindingKind::kMissingFile;
  missing.error = ErrorKind::kNotFound;
  uint64_t n_missing = 0;
  size_t missing_at = 0;  // in the order in which loading meets them
  for (const auto& [number, shard] : shards_of(prefix, index)) {
    if (!leads_to_file(shard.path)) {
      missing.evidence.push_back(shard.path.filename().string() + " is missing: at least " +
                                 std::to_string(shard.n_needed) + " bytes");
      if (n_missing == 0) missing_at = findings.size();
      n_missing += shard.n_needed;
      continue;
    }
    try {
      const InputFile file(shard.path);
      if (file.size() >= shard.n_needed) continue;
      refuse_foreign_file(file);
      findings.push_back(explain_error(
          TruncatedError(shard.path.string(), "", "the index", shard.n_needed, file.size()),
          request));
      compare_beginning(findings.back(), file, shard);
    } catch (const InputError& error) {
      findings.push_back(explain_error(error, request));
    }
  }
  if (missing.evidence.empty()) return findings;
  missing.cause = prefix.string() + ": of the data of this index " +
                  std::to_string(missing.evidence.size()) +
                  (missing.evidence.size() == 1 ? " file is" : " files are") + " missing (" +
                  std::to_string(n_missing) + " bytes)";
  missing.remedy = "get what is missing from where the rest came from";
  add_download(missing, folder_of(prefix), n_missing);
  findings.insert(findings.begin() + static_cast<std::ptrdiff_t>(missing_at), std::move(missing));
  return findings;
}

}  // namespace gpt2run
