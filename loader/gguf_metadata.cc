#include "loader/gguf_metadata.h"

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxValues = uint64_t{1} << 24;  // a vocabulary of 50257 makes about 150,000
constexpr int kMaxDepth = 4;
constexpr uint64_t kMinKeyBytes = 8 + 1 + 4 + 1;  // length, key, type, value

enum ValueType : uint32_t {  // the file's own numbers
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

// The fewest bytes that a value takes: what bounds an array's length.
uint64_t min_bytes(uint32_t type) {
  switch (type) {
    case kUint8:
    case kInt8:
    case kBool:
      return 1;
    case kUint16:
    case kInt16:
      return 2;
    case kUint32:
    case kInt32:
    case kFloat32:
      return 4;
    case kUint64:
    case kInt64:
    case kFloat64:
    case kString:
      return 8;
    case kArray:
      return 12;
    default:
      return 0;  // no such type
  }
}

class MetadataReader {
 public:
  MetadataReader(FileCursor& cursor, const std::string& path) : cursor_(cursor), path_(path) {}

  nlohmann::json take_all(uint64_t n_keys) {
    if (n_keys > cursor_.n_left() / kMinKeyBytes) {
      fail("expected a number of key-values that fit in the file's " +
           std::to_string(cursor_.n_left()) + " bytes left, found " + std::to_string(n_keys));
    }
    nlohmann::json metadata = nlohmann::json::object();
    for (uint64_t i = 0; i < n_keys; ++i) {
      where_ = "key " + std::to_string(i);
      const std::string key = take_string("a key");
      check_tensor_name(path_, key);
      where_ = "key \"" + printable(key) + "\"";
      if (metadata.contains(key)) fail("stands twice, expected it once");
      const auto type = cursor_.take<uint32_t>("a value's type");
      metadata[key] = take_value(type, 0);
    }
    return metadata;
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_,
                          where_ + (where_.empty() ? "before byte " : " before byte ") +
                              std::to_string(cursor_.offset()),
                          what + (kind == ErrorKind::kCorrupt ? "; the file is damaged" : ""));
  }

  std::string take_string(const char* what) {
    const auto n_bytes = cursor_.take<uint64_t>("a string's length");
    return cursor_.take_bytes(n_bytes, what);
  }

  nlohmann::json take_value(uint32_t type, int depth) {
    if (++n_values_ > kMaxValues) {
      fail("expected at most " + std::to_string(kMaxValues) + " values in all, found more",
           ErrorKind::kUnsupported);
    }
    switch (type) {
      case kUint8:
        return cursor_.take<uint8_t>("a value");
      case kInt8:
        return cursor_.take<int8_t>("a value");
      case kUint16:
        return cursor_.take<uint16_t>("a value");
      case kInt16:
        return cursor_.take<int16_t>("a value");
      case kUint32:
        return cursor_.take<uint32_t>("a value");
      case kInt32:
        return cursor_.take<int32_t>("a value");
      case kFloat32:
        return cursor_.take<float>("a value");
      case kBool:
        return take_bool();
      case kString:
        return take_string("a string");
      case kArray:
        return take_array(depth + 1);
      case kUint64:
        return cursor_.take<uint64_t>("a value");
      case kInt64:
        return cursor_.take<int64_t>("a value");
      case kFloat64:
        return cursor_.take<double>("a value");
      default:
        fail("expected a value's type from 0 to 12, found " + std::to_string(type));
    }
  }

  bool take_bool() {
    const auto value = cursor_.take<uint8_t>("a value");
    if (value > 1) fail("expected a bool of 0 or 1, found " + std::to_string(value));
    return value == 1;
  }

  nlohmann::json take_array(int depth) {
    if (depth > kMaxDepth) {
      fail("expected arrays nested at most " + std::to_string(kMaxDepth) + " deep, found more",
           ErrorKind::kUnsupported);
    }
    const auto type = cursor_.take<uint32_t>("an array's type");
    const auto n_items = cursor_.take<uint64_t>("an array's length");
    const uint64_t n_item_bytes = min_bytes(type);
    if (n_item_bytes == 0) {
      fail("expected an array's type from 0 to 12, found " + std::to_string(type));
    }
    if (n_items > cursor_.n_left() / n_item_bytes) {
      fail("expected an array that fits in the file's " + std::to_string(cursor_.n_left()) +
           " bytes left, found " + std::to_string(n_items) + " items");
    }
    nlohmann::json array = nlohmann::json::array();
    for (uint64_t i = 0; i < n_items; ++i) array.push_back(take_value(type, depth));
    return array;
  }

  FileCursor& cursor_;
  const std::string& path_;
  std::string where_;
  uint64_t n_values_ = 0;
};

}  // namespace

nlohmann::json take_gguf_metadata(FileCursor& cursor, const std::string& path, uint64_t n_keys) {
  return MetadataReader(cursor, path).take_all(n_keys);
}

}  // namespace gpt2run
