#include "loader/proto_reader.h"

#include <algorithm>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/describe.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxRank = 254;  // TensorFlow's own limit
constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

}  // namespace

void ProtoReader::fail(const std::string& what, ErrorKind kind) const {
  throw CheckpointError(kind, path_, where_, what);
}

std::vector<ProtoField> ProtoReader::fields(std::string_view bytes, const char* what) const {
  auto parsed = parse_proto(bytes);
  if (!parsed) fail(std::string("its ") + what + " is no valid protobuf; the index is damaged");
  return std::move(*parsed);
}

std::string_view ProtoReader::message(const ProtoField& field, const char* what) const {
  if (field.type != WireType::kBytes) fail(std::string("its ") + what + " is no message");
  return field.bytes;
}

uint64_t ProtoReader::number(const ProtoField& field, const char* what, uint64_t limit,
                             int64_t max) const {
  if (field.type != WireType::kVarint) fail(std::string("its ") + what + " is no number");
  if (field.value > limit || static_cast<int64_t>(field.value) > max) {
    fail(std::string("its ") + what + ": expected 0 to " +
         std::to_string(std::min<int64_t>(static_cast<int64_t>(limit), max)) + ", found " +
         std::to_string(static_cast<int64_t>(field.value)));
  }
  return field.value;
}

const TensorFlowType* ProtoReader::type(const ProtoField& field) const {
  const uint64_t value = number(field, "dtype", std::numeric_limits<int32_t>::max());
  const TensorFlowType* found = find_tensorflow_type(value);
  if (found == nullptr) {
    fail("its dtype: expected one of TensorFlow's (1 to 32), found " + std::to_string(value));
  }
  return found;
}

std::vector<int64_t> ProtoReader::shape(std::string_view bytes) const {
  std::vector<int64_t> sizes;
  for (const ProtoField& field : fields(bytes, "shape")) {
    if (field.is(3, WireType::kVarint) && field.value != 0) fail("its shape has no known rank");
    if (field.number != 2) continue;
    if (sizes.size() == kMaxRank) {
      fail("its shape: expected at most " + std::to_string(kMaxRank) + " dimensions, found more");
    }
    int64_t size = 0;
    for (const ProtoField& part : fields(message(field, "dimension"), "dimension")) {
      if (part.number == 1) size = static_cast<int64_t>(number(part, "dimension", kMaxInt64));
    }
    sizes.push_back(size);
  }
  return sizes;
}

SliceExtents ProtoReader::slice(std::string_view bytes) const {
  SliceExtents extents;
  for (const ProtoField& field : fields(bytes, "slice")) {
    if (field.number != 1) continue;
    SliceExtent extent;
    for (const ProtoField& part : fields(message(field, "slice extent"), "slice extent")) {
      if (part.number == 1)
        extent.start = static_cast<int64_t>(number(part, "slice start", kMaxInt64));
      if (part.number == 2)
        extent.length = static_cast<int64_t>(number(part, "slice length", kMaxInt64));
    }
    extents.push_back(extent);
    if (extents.size() > kMaxRank) fail("a slice of it has too many dimensions");
  }
  return extents;
}

uint64_t ProtoReader::size_of(const TensorFlowType& type, const std::vector<int64_t>& shape) const {
  uint64_t n_items = 1, n_bytes = 0;
  bool overflow = false;
  for (const int64_t size : shape) {
    overflow |= __builtin_mul_overflow(n_items, static_cast<uint64_t>(size), &n_items);
  }
  overflow |= __builtin_mul_overflow(n_items, type.n_bytes, &n_bytes);
  if (overflow || n_items > kMaxInt64 || n_bytes > kMaxInt64) {
    fail("its shape " + printable(shape_text(shape)) + " describes more than 2^63 bytes");
  }
  return n_bytes;
}

}  // namespace gpt2run
