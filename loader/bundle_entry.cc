#include "loader/bundle_entry.h"

#include <limits>

#include "base/printable.h"
#include "loader/crc32c.h"
#include "loader/describe.h"
#include "loader/proto_reader.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

// Collects an entry; every member function throws with the entry's name.
class EntryParser {
 public:
  EntryParser(const std::string& path, std::string name)
      : reader_(path, "entry \"" + printable(name) + "\"") {
    entry_.name = std::move(name);
  }

  BundleEntry parse(std::string_view value, int n_shards) {
    for (const ProtoField& field : reader_.fields(value, "entry")) {
      switch (field.number) {
        case 1:
          entry_.type = reader_.type(field);
          break;
        case 2:
          entry_.shape = reader_.shape(reader_.message(field, "shape"));
          break;
        case 3:
          entry_.shard =
              static_cast<int>(reader_.number(field, "shard id", kMaxInt64, n_shards - 1));
          break;
        case 4:
          entry_.offset = reader_.number(field, "offset", kMaxInt64);
          break;
        case 5:
          entry_.n_bytes = reader_.number(field, "size", kMaxInt64);
          break;
        case 6:
          if (field.type != WireType::kFixed32) reader_.fail("its crc32c has the wrong wire type");
          entry_.crc32c = unmask_crc32c(static_cast<uint32_t>(field.value));
          break;
        case 7:
          add_slice(reader_.message(field, "slice"));
          break;
        default:
          break;  // a later version's
      }
    }
    check_size();
    return std::move(entry_);
  }

 private:
  void add_slice(std::string_view bytes) {
    if (entry_.slices.size() == kMaxSlices) {
      reader_.fail("it has more than " + std::to_string(kMaxSlices) + " slices",
                   ErrorKind::kUnsupported);
    }
    entry_.slices.push_back({reader_.slice(bytes)});
  }

  // The stored size must be what shape and type say.
  void check_size() const {
    if (entry_.type == nullptr)
      reader_.fail("its dtype: expected one of TensorFlow's (1 to 32), found 0");
    const uint64_t n_bytes = reader_.size_of(*entry_.type, entry_.shape);
    const uint64_t n_items = entry_.n_items();
    uint64_t end = 0;
    if (__builtin_add_overflow(entry_.offset, entry_.n_bytes, &end) || end > kMaxInt64) {
      reader_.fail("its offset " + std::to_string(entry_.offset) + " and size " +
                   std::to_string(entry_.n_bytes) + " end beyond 2^63");
    }
    if (!entry_.slices.empty()) {
      if (entry_.n_bytes != 0)
        reader_.fail("it has slices and data of its own; expected one of them");
      return;
    }
    // A string takes at least the byte that holds its length.
    const bool fits = entry_.type->n_bytes != 0  ? entry_.n_bytes == n_bytes
                      : entry_.type->number == 7 ? entry_.n_bytes >= n_items
                                                 : true;
    if (!fits) {
      reader_.fail("expected " + std::string(entry_.type->n_bytes == 0 ? "at least " : "") +
                   std::to_string(entry_.type->n_bytes == 0 ? n_items : n_bytes) + " bytes for " +
                   entry_.type->name + " " + printable(shape_text(entry_.shape)) +
                   ", found a size of " + std::to_string(entry_.n_bytes) +
                   "; the index is damaged");
    }
  }

  ProtoReader reader_;
  BundleEntry entry_;
};

}  // namespace

BundleEntry parse_bundle_entry(const std::string& path, std::string name, std::string_view value,
                               int n_shards) {
  return EntryParser(path, std::move(name)).parse(value, n_shards);
}

}  // namespace gpt2run
