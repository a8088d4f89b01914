#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gpt2run {

// Appends a varint: 7 bits a byte, lowest first.
void append_varint(std::string& bytes, uint64_t value);

// Appends a number's n_bytes lowest bytes, the lowest first.
void append_little_endian(std::string& bytes, uint64_t value, size_t n_bytes);

// A protobuf message as it is written, field by field. As in protobuf's version 3 a number that is
// zero is left out; a string or message that is empty stands.
// Source: protobuf.dev/programming-guides/encoding.
class ProtoWriter {
 public:
  ProtoWriter& number(uint32_t field, uint64_t value);
  ProtoWriter& fixed32(uint32_t field, uint32_t value);
  ProtoWriter& bytes(uint32_t field, std::string_view value);
  ProtoWriter& message(uint32_t field, const ProtoWriter& value);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace gpt2run
