#include "loader/proto.h"

#include <limits>

#include "loader/little_endian.h"

namespace gpt2run {
namespace {

std::optional<uint64_t> take_fixed(std::string_view& bytes, size_t n_bytes) {
  if (bytes.size() < n_bytes) return std::nullopt;
  const uint64_t value = load_little_endian(bytes.substr(0, n_bytes));
  bytes.remove_prefix(n_bytes);
  return value;
}

}  // namespace

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const uint64_t byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<ProtoField> take_proto_field(std::string_view& bytes) {
  const auto tag = take_varint(bytes);
  if (!tag || *tag > std::numeric_limits<uint32_t>::max() || *tag >> 3 == 0) return std::nullopt;
  ProtoField field;
  field.number = static_cast<uint32_t>(*tag >> 3);
  field.type = static_cast<WireType>(*tag & 7);
  std::optional<uint64_t> value;
  switch (field.type) {
    case WireType::kVarint:
    case WireType::kBytes:
      value = take_varint(bytes);
      break;
    case WireType::kFixed64:
      value = take_fixed(bytes, 8);
      break;
    case WireType::kFixed32:
      value = take_fixed(bytes, 4);
      break;
  }
  if (!value) return std::nullopt;  // groups (3 and 4), long obsolete, end here too
  field.value = *value;
  if (field.type == WireType::kBytes) {
    if (*value > bytes.size()) return std::nullopt;
    field.bytes = bytes.substr(0, *value);
    bytes.remove_prefix(*value);
  }
  return field;
}

std::optional<std::vector<ProtoField>> parse_proto(std::string_view bytes) {
  std::vector<ProtoField> fields;
  while (!bytes.empty()) {
    const auto field = take_proto_field(bytes);
    if (!field) return std::nullopt;
    fields.push_back(*field);
  }
  return fields;
}

}  // namespace gpt2run
