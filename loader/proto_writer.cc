#include "loader/proto_writer.h"

#include "loader/proto.h"

namespace gpt2run {
namespace {

void append_tag(std::string& bytes, uint32_t field, WireType type) {
  append_varint(bytes, uint64_t{field} << 3 | static_cast<uint64_t>(type));
}

}  // namespace

void append_varint(std::string& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

void append_little_endian(std::string& bytes, uint64_t value, size_t n_bytes) {
  for (size_t i = 0; i < n_bytes; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

ProtoWriter& ProtoWriter::number(uint32_t field, uint64_t value) {
  if (value == 0) return *this;
  append_tag(text_, field, WireType::kVarint);
  append_varint(text_, value);
  return *this;
}

ProtoWriter& ProtoWriter::fixed32(uint32_t field, uint32_t value) {
  if (value == 0) return *this;
  append_tag(text_, field, WireType::kFixed32);
  append_little_endian(text_, value, 4);
  return *this;
}

ProtoWriter& ProtoWriter::bytes(uint32_t field, std::string_view value) {
  append_tag(text_, field, WireType::kBytes);
  append_varint(text_, value.size());
  text_ += value;
  return *this;
}

ProtoWriter& ProtoWriter::message(uint32_t field, const ProtoWriter& value) {
  return bytes(field, value.text());
}

}  // namespace gpt2run
