#include "loader/bundle_entry.h"

#include <algorithm>
#include <limits>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/crc32c.h"
#include "loader/describe.h"
#include "loader/proto.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxRank = 254;     // TensorFlow's own limit
constexpr size_t kMaxSlices = 1024;  // checking that they cover a variable is quadratic in them
constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

// Collects an entry; every member function throws with the entry's name.
class EntryParser {
 public:
  EntryParser(const std::string& path, std::string name) : path_(path) {
    entry_.name = std::move(name);
  }

  BundleEntry parse(std::string_view value, int n_shards) {
    for (const ProtoField& field : fields(value, "entry")) {
      switch (field.number) {
        case 1:
          set_type(number(field, "dtype", std::numeric_limits<int32_t>::max()));
          break;
        case 2:
          set_shape(message(field, "shape"));
          break;
        case 3:
          entry_.shard = static_cast<int>(number(field, "shard id", kMaxInt64, n_shards - 1));
          break;
        case 4:
          entry_.offset = number(field, "offset", kMaxInt64);
          break;
        case 5:
          entry_.n_bytes = number(field, "size", kMaxInt64);
          break;
        case 6:
          if (field.type != WireType::kFixed32) fail("its crc32c has the wrong wire type");
          entry_.crc32c = unmask_crc32c(static_cast<uint32_t>(field.value));
          break;
        case 7:
          add_slice(message(field, "slice"));
          break;
        default:
          break;  // a later version's
      }
    }
    check_size();
    return std::move(entry_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, "entry \"" + printable(entry_.name) + "\"", what);
  }

  std::vector<ProtoField> fields(std::string_view bytes, const char* what) const {
    auto parsed = parse_proto(bytes);
    if (!parsed) fail(std::string("its ") + what + " is no valid protobuf; the index is damaged");
    return std::move(*parsed);
  }

  std::string_view message(const ProtoField& field, const char* what) const {
    if (field.type != WireType::kBytes) fail(std::string("its ") + what + " is no message");
    return field.bytes;
  }

  // A number in [0, limit], and at most max where that is less: beyond limit it stands for a
  // negative one.
  uint64_t number(const ProtoField& field, const char* what, uint64_t limit,
                  int64_t max = std::numeric_limits<int64_t>::max()) const {
    if (field.type != WireType::kVarint) fail(std::string("its ") + what + " is no number");
    if (field.value > limit || static_cast<int64_t>(field.value) > max) {
      fail(std::string("its ") + what + ": expected 0 to " +
           std::to_string(std::min<int64_t>(static_cast<int64_t>(limit), max)) + ", found " +
           std::to_string(static_cast<int64_t>(field.value)));
    }
    return field.value;
  }

  void set_type(uint64_t number) {
    entry_.type = find_tensorflow_type(number);
    if (entry_.type == nullptr) {
      fail("its dtype: expected one of TensorFlow's (1 to 32), found " + std::to_string(number));
    }
  }

  void set_shape(std::string_view bytes) {
    entry_.shape.clear();
    for (const ProtoField& field : fields(bytes, "shape")) {
      if (field.is(3, WireType::kVarint) && field.value != 0) fail("its shape has no known rank");
      if (field.number != 2) continue;
      if (entry_.shape.size() == kMaxRank) {
        fail("its shape: expected at most " + std::to_string(kMaxRank) + " dimensions, found more");
      }
      int64_t size = 0;
      for (const ProtoField& part : fields(message(field, "dimension"), "dimension")) {
        if (part.number == 1) size = static_cast<int64_t>(number(part, "dimension", kMaxInt64));
      }
      entry_.shape.push_back(size);
    }
  }

  void add_slice(std::string_view bytes) {
    if (entry_.slices.size() == kMaxSlices) {
      fail("it has more than " + std::to_string(kMaxSlices) + " slices", ErrorKind::kUnsupported);
    }
    BundleSlice slice;
    for (const ProtoField& field : fields(bytes, "slice")) {
      if (field.number != 1) continue;
      SliceExtent extent;
      for (const ProtoField& part : fields(message(field, "slice extent"), "slice extent")) {
        if (part.number == 1)
          extent.start = static_cast<int64_t>(number(part, "slice start", kMaxInt64));
        if (part.number == 2)
          extent.length = static_cast<int64_t>(number(part, "slice length", kMaxInt64));
      }
      slice.extents.push_back(extent);
      if (slice.extents.size() > kMaxRank) fail("a slice of it has too many dimensions");
    }
    entry_.slices.push_back(std::move(slice));
  }

  // The stored size must be what shape and type say.
  void check_size() const {
    if (entry_.type == nullptr) fail("its dtype: expected one of TensorFlow's (1 to 32), found 0");
    uint64_t n_items = 1, n_bytes = 0;
    bool overflow = false;
    for (const int64_t size : entry_.shape) {
      overflow |= __builtin_mul_overflow(n_items, static_cast<uint64_t>(size), &n_items);
    }
    overflow |= __builtin_mul_overflow(n_items, entry_.type->n_bytes, &n_bytes);
    if (overflow || n_items > kMaxInt64 || n_bytes > kMaxInt64) {
      fail("its shape " + printable(shape_text(entry_.shape)) + " describes more than 2^63 bytes");
    }
    uint64_t end = 0;
    if (__builtin_add_overflow(entry_.offset, entry_.n_bytes, &end) || end > kMaxInt64) {
      fail("its offset " + std::to_string(entry_.offset) + " and size " +
           std::to_string(entry_.n_bytes) + " end beyond 2^63");
    }
    if (!entry_.slices.empty()) {
      if (entry_.n_bytes != 0) fail("it has slices and data of its own; expected one of them");
      return;
    }
    // A string takes at least the byte that holds its length.
    const bool fits = entry_.type->n_bytes != 0  ? entry_.n_bytes == n_bytes
                      : entry_.type->number == 7 ? entry_.n_bytes >= n_items
                                                 : true;
    if (!fits) {
      fail("expected " + std::string(entry_.type->n_bytes == 0 ? "at least " : "") +
           std::to_string(entry_.type->n_bytes == 0 ? n_items : n_bytes) + " bytes for " +
           entry_.type->name + " " + printable(shape_text(entry_.shape)) + ", found a size of " +
           std::to_string(entry_.n_bytes) + "; the index is damaged");
    }
  }

  const std::string& path_;
  BundleEntry entry_;
};

}  // namespace

BundleEntry parse_bundle_entry(const std::string& path, std::string name, std::string_view value,
                               int n_shards) {
  return EntryParser(path, std::move(name)).parse(value, n_shards);
}

}  // namespace gpt2run
