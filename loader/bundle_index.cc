#include "loader/bundle_index.h"

#include <cstdio>

#include "base/printable.h"
#include "loader/bundle_layout.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"
#include "loader/proto.h"
#include "loader/table.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxIndexBytes = uint64_t{16} << 20;  // 1558M's has about 20,000
constexpr size_t kMaxNamesBytes = size_t{64} << 20;      // prefix compression could make far more
constexpr size_t kMaxEntries = 100000;                   // 1558M's has 580
constexpr size_t kMaxValueBytes = size_t{256} << 10;     // 1024 slices of a matrix take 20 KiB
constexpr size_t kMaxValuesBytes = size_t{8} << 20;      // parsed they take up to 20 times as much
constexpr uint64_t kMaxShards = 100000;                  // the file names have five digits
constexpr uint64_t kVersion = 1;                         // TensorFlow's kTensorBundleVersion

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, path, where, what);
}

// A V1 table's first value is a SavedTensorSlices, whose field 1 is a message; a bundle's is a
// header, whose field 1 is a number.
bool is_v1_header(std::string_view value) {
  const auto field = take_proto_field(value);
  return field && field->is(1, WireType::kBytes);
}

void check_version(const std::string& path, std::string_view bytes) {
  const auto fields = parse_proto(bytes);
  if (!fields) fail(path, "header", "its version is no valid protobuf; the index is damaged");
  for (const ProtoField& field : *fields) {
    const bool too_new = field.is(2, WireType::kVarint) && field.value > kVersion;
    const bool is_bad = field.is(3, WireType::kVarint) && field.value == kVersion;
    if (too_new || is_bad) {
      fail(path, "header",
           "expected a bundle that version 1 readers can read, found " +
               std::string(too_new ? "min_consumer " : "bad_consumers ") +
               std::to_string(field.value),
           ErrorKind::kUnsupported);
    }
  }
}

void check_value_size(const std::string& path, const std::string& where, std::string_view value) {
  if (value.size() <= kMaxValueBytes) return;
  fail(path, where,
       "expected at most " + std::to_string(kMaxValueBytes) + " bytes, found " +
           std::to_string(value.size()));
}

int parse_header(const std::string& path, std::string_view value) {
  if (is_v1_header(value)) fail(path, "", v1_text(), ErrorKind::kUnsupported);
  check_value_size(path, "header", value);
  const auto fields = parse_proto(value);
  if (!fields) fail(path, "header", "is no valid protobuf; the index is damaged");
  uint64_t n_shards = 0;
  for (const ProtoField& field : *fields) {
    if (field.is(1, WireType::kVarint)) n_shards = field.value;
    if (field.is(2, WireType::kVarint) && field.value != 0) {
      fail(path, "header", "expected little-endian data, found big-endian",
           ErrorKind::kUnsupported);
    }
    if (field.is(3, WireType::kBytes)) check_version(path, field.bytes);
  }
  if (n_shards < 1 || n_shards > kMaxShards) {
    fail(path, "header",
         "expected 1 to " + std::to_string(kMaxShards) + " shards, found " +
             std::to_string(static_cast<int64_t>(n_shards)) + "; the index is damaged");
  }
  return static_cast<int>(n_shards);
}

// A slice's key is binary and starts with 00; all others are names a person can read.
bool is_part(std::string_view key) {
  return !key.empty() && key[0] == '\0';
}

// Bounds what an index can make of its bytes: snappy and prefix compression multiply them.
class SizeLimits {
 public:
  explicit SizeLimits(const std::string& path) : path_(path) {}

  // Errors: kCorrupt if the entry, or all up to it, are too much. To be called before it is parsed.
  void add(std::string_view key, std::string_view value) {
    check_value_size(path_, "entry \"" + printable(key) + "\"", value);
    if (++n_entries_ > kMaxEntries) {
      fail(path_, "", "expected at most " + std::to_string(kMaxEntries) + " entries, found more");
    }
    n_name_bytes_ += key.size();
    if (n_name_bytes_ > kMaxNamesBytes) fail(path_, "", "its names take more than 64 MiB");
    n_value_bytes_ += value.size();
    if (n_value_bytes_ > kMaxValuesBytes) fail(path_, "", "its entries take more than 8 MiB");
  }

 private:
  const std::string& path_;
  size_t n_entries_ = 0, n_name_bytes_ = 0, n_value_bytes_ = 0;
};

BundleIndex read_entries(const InputFile& file) {
  BundleIndex index;
  index.path = file.path().string();
  const Table table(file);
  SizeLimits limits(index.path);
  table.for_each([&](std::string_view key, std::string_view value) {
    if (index.n_shards == 0) {
      if (!key.empty()) {
        fail(index.path, "header",
             "expected it under the empty key, found \"" + printable(key) +
                 "\" first; the index is damaged");
      }
      index.n_shards = parse_header(index.path, value);
      return true;
    }
    if (!is_part(key)) check_tensor_name(index.path, key);
    limits.add(key, value);
    auto& entries = is_part(key) ? index.parts : index.tensors;
    entries.push_back(parse_bundle_entry(index.path, std::string(key), value, index.n_shards));
    return true;
  });
  if (index.n_shards == 0) fail(index.path, "header", "expected one, found an empty index");
  return index;
}

}  // namespace

BundleIndex read_bundle_index(const std::filesystem::path& path) {
  const InputFile file(path);
  refuse_foreign_file(file);
  if (file.size() > kMaxIndexBytes) {
    if (is_v1_checkpoint(file)) fail(path.string(), "", v1_text(), ErrorKind::kUnsupported);
    fail(path.string(), "",
         "expected an index of at most " + std::to_string(kMaxIndexBytes) + " bytes, found " +
             std::to_string(file.size()));
  }
  BundleIndex index = read_entries(file);
  check_layout(index);
  return index;
}

bool is_v1_checkpoint(const InputFile& file) {
  bool is_v1 = false;
  try {
    Table(file).for_each([&](std::string_view key, std::string_view value) {
      is_v1 = key.empty() && is_v1_header(value);
      return false;
    });
  } catch (const CheckpointError&) {
    return false;  // no table, or a damaged one: it cannot be told
  }
  return is_v1;
}

const char* v1_text() {
  return "is a V1 checkpoint (TensorFlow before 0.12), expected an index; give the file itself";
}

std::filesystem::path shard_path(const std::filesystem::path& prefix, int shard, int n_shards) {
  char suffix[64];
  std::snprintf(suffix, sizeof(suffix), ".data-%05d-of-%05d", shard, n_shards);
  return prefix.string() + suffix;
}

}  // namespace gpt2run
