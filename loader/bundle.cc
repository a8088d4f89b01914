#include "loader/bundle.h"

#include <algorithm>
#include <cassert>

#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/crc32c.h"
#include "loader/describe.h"
#include "loader/file_kind.h"
#include "loader/folder_listing.h"
#include "loader/renamed_files.h"
#include "loader/string_tensor.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

// Read, checked and converted at a time: it stays in the second-level cache meanwhile.
constexpr size_t kChunkItems = size_t{64} << 10;

TensorInfo describe(const BundleEntry& entry, const BundleIndex& index) {
  TensorInfo info;
  info.name = entry.name;
  info.dtype = entry.type->dtype;
  info.dtype_text = entry.type->name;
  info.shape = entry.shape;
  info.n_bytes = entry.n_bytes;
  for (const BundleSlice& slice : entry.slices) info.n_bytes += index.parts[slice.part].n_bytes;
  return info;
}

// How many bytes each data file must have.
std::map<int, uint64_t> bytes_needed(const BundleIndex& index) {
  std::map<int, uint64_t> needed;
  for (const auto* entries : {&index.tensors, &index.parts}) {
    for (const BundleEntry& entry : *entries) {
      if (!entry.slices.empty()) continue;
      uint64_t& end = needed[entry.shard];
      end = std::max(end, entry.offset + entry.n_bytes);
    }
  }
  return needed;
}

[[noreturn]] void throw_missing_shards(const std::filesystem::path& prefix, int n_shards,
                                       const std::map<int, uint64_t>& needed) {
  constexpr size_t kMaxShown = 400;
  std::string here, missing;
  for (const auto& [shard, n_bytes] : needed) {
    const auto path = shard_path(prefix, shard, n_shards);
    std::string& list = leads_to_file(path) ? here : missing;
    if (list.size() > kMaxShown) continue;
    list += (list.empty() ? "" : ", ") + path.filename().string();
  }
  throw CheckpointError(ErrorKind::kNotFound, prefix.string(), "",
                        "its data is not all here; missing: " + missing +
                            "; here: " + prefix.filename().string() + ".index" +
                            (here.empty() ? "" : ", " + here) +
                            renamed_hint(prefix.has_parent_path() ? prefix.parent_path() : ".") +
                            "; download what is missing");
}

}  // namespace

Bundle::Bundle(const std::filesystem::path& prefix, DataFiles data)
    : path_(prefix.string()), index_(read_bundle_index(prefix.string() + ".index")) {
  for (const BundleEntry& entry : index_.tensors) tensors_.push_back(describe(entry, index_));
  if (data == DataFiles::kNeeded) open_shards(prefix);
}

void Bundle::open_shards(const std::filesystem::path& prefix) {
  const auto needed = bytes_needed(index_);
  for (const auto& [shard, n_bytes] : needed) {
    const auto path = shard_path(prefix, shard, index_.n_shards);
    if (!leads_to_file(path)) throw_missing_shards(prefix, index_.n_shards, needed);
    const InputFile& file = shards_.emplace(shard, InputFile(path)).first->second;
    if (file.size() < n_bytes) {
      if (n_bytes > 0) refuse_foreign_file(file);
      throw TruncatedError(path.string(), "", "the index", n_bytes, file.size(),
                           ", or belongs to another index");
    }
  }
}

void Bundle::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const BundleEntry& entry = index_.tensors[index];
  assert(is_readable_float(entry.type->dtype));
  if (entry.slices.empty()) read_whole(entry, out, on_read);
  for (const BundleSlice& slice : entry.slices) read_part(entry, slice, out, on_read);
}

void Bundle::stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const {
  const BundleEntry& entry = index_.tensors[index];
  if (!entry.slices.empty()) return TensorSource::stream_float32(index, n_piece, on_piece);
  read_whole(entry, ItemsOut::pieces(n_piece), on_piece);
}

std::optional<TensorPlace> Bundle::place(size_t index) const {
  const BundleEntry& entry = index_.tensors[index];
  if (!entry.slices.empty()) return std::nullopt;
  return TensorPlace{shard_path(path_, entry.shard, index_.n_shards).string(), entry.offset};
}

void Bundle::check(size_t index) const {
  const BundleEntry& entry = index_.tensors[index];
  if (entry.slices.empty()) check_stored(entry, entry.name);
  for (const BundleSlice& slice : entry.slices) {
    check_stored(index_.parts[slice.part], entry.name);
  }
}

// The data file that holds an entry.
const InputFile& Bundle::shard_of(const BundleEntry& entry, const std::string& name) const {
  const auto shard = shards_.find(entry.shard);
  if (shard != shards_.end()) return shard->second;
  throw CheckpointError(
      ErrorKind::kNotFound, path_, name,
      "expected its data in " +
          shard_path(path_, entry.shard, index_.n_shards).filename().string() +
          ", found that only the index was opened; open the bundle with its data files");
}

// Reads what an entry has in its data file, of whatever type, and compares its crc32c.
void Bundle::check_stored(const BundleEntry& entry, const std::string& name) const {
  const InputFile& file = shard_of(entry, name);
  if (entry.type->dtype == DType::kString) {
    check_strings(file, entry, name);
    return;
  }
  uint32_t crc = 0;
  naming_tensor(file, name, entry.offset, [&] {
    read_pieces(file, entry.offset, entry.n_bytes,
                [&](const char* bytes, size_t n) { crc = extend_crc32c(crc, bytes, n); });
  });
  const bool has_plain_crc = entry.type->n_bytes > 0;  // variants have one of their own
  if (has_plain_crc) check_crc(entry, name, crc);
}

void Bundle::check_strings(const InputFile& file, const BundleEntry& entry,
                           const std::string& name) const {
  std::string bytes(entry.n_bytes, '\0');
  naming_tensor(file, name, entry.offset,
                [&] { file.read_at(entry.offset, bytes.data(), bytes.size()); });
  const auto crc = string_tensor_crc32c(bytes, entry.n_items());
  if (crc) {
    check_crc(entry, name, *crc);
    return;
  }
  throw CheckpointError(ErrorKind::kCorrupt, file.path().string(),
                        name + " at byte " + std::to_string(entry.offset),
                        "expected " + std::to_string(entry.n_items()) + " strings in its " +
                            std::to_string(bytes.size()) +
                            " bytes, found lengths that do not fit or fail their checksum; the "
                            "file is damaged: download it again");
}

void Bundle::read_whole(const BundleEntry& entry, ItemsOut out, const ReadProgress& on_read) const {
  uint32_t crc = 0;
  const InputFile& file = shard_of(entry, entry.name);
  const auto extend = [&](const char* bytes, size_t n) { crc = extend_crc32c(crc, bytes, n); };
  naming_tensor(file, entry.name, entry.offset, [&] {
    read_items(file, entry.offset, entry.type->dtype, entry.n_items(), std::move(out), extend,
               on_read);
  });
  check_crc(entry, entry.name, crc);
}

void Bundle::read_part(const BundleEntry& variable, const BundleSlice& slice, float* out,
                       const ReadProgress& on_read) const {
  const BundleEntry& part = index_.parts[slice.part];
  const InputFile& file = shard_of(part, variable.name);
  std::vector<char> buffer(kChunkItems * part.type->n_bytes);
  uint32_t crc = 0;
  const uint64_t n_items = part.n_items();
  for (uint64_t done = 0; done < n_items;) {
    const size_t n = std::min<uint64_t>(kChunkItems, n_items - done);
    const size_t n_bytes = n * part.type->n_bytes;
    const uint64_t offset = part.offset + done * part.type->n_bytes;
    naming_tensor(file, variable.name, offset,
                  [&] { file.read_at(offset, buffer.data(), n_bytes); });
    crc = extend_crc32c(crc, buffer.data(), n_bytes);
    for_each_run(variable.shape, slice.extents, done, n,
                 [&](uint64_t from, uint64_t to, uint64_t n_run) {
                   to_float32(part.type->dtype, buffer.data() + (from - done) * part.type->n_bytes,
                              n_run, out + to);
                   if (on_read) on_read(out + to, n_run);
                 });
    done += n;
  }
  check_crc(part, variable.name, crc);
}

void Bundle::check_crc(const BundleEntry& entry, const std::string& name, uint32_t crc) const {
  if (crc == entry.crc32c) return;
  throw CheckpointError(
      ErrorKind::kCorrupt, shards_.at(entry.shard).path().string(),
      name + " at byte " + std::to_string(entry.offset),
      "expected crc32c " + hex_text(entry.crc32c) + ", found " + hex_text(crc) +
          "; the file is damaged, or index and data are from different saves: download both again");
}

}  // namespace gpt2run
