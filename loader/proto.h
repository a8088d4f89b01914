#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gpt2run {

// Takes a varint (7 bits a byte, lowest first) from the front of bytes. Nothing if it is cut off,
// or does not fit in 64 bits.
std::optional<uint64_t> take_varint(std::string_view& bytes);

// The numbers are the wire format's own.
enum class WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct ProtoField {
  uint32_t number = 0;
  WireType type = WireType::kVarint;
  uint64_t value = 0;      // of a kVarint, kFixed64 or kFixed32
  std::string_view bytes;  // of a kBytes: a string or a message inside

  bool is(uint32_t number_wanted, WireType type_wanted) const {
    return number == number_wanted && type == type_wanted;
  }
};

// Takes a field from the front of a message. It points into bytes. Nothing if it is malformed.
std::optional<ProtoField> take_proto_field(std::string_view& bytes);

// The fields of a protobuf message in the order they stand. They point into bytes. Nothing if it
// is malformed anywhere. They take up to 20 times as much memory as bytes, so bound those first.
// Source: protobuf.dev/programming-guides/encoding.
std::optional<std::vector<ProtoField>> parse_proto(std::string_view bytes);

}  // namespace gpt2run
