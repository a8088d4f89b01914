#include "loader/ordered_code.h"

namespace gpt2run {
namespace {

// Its length in bytes, then the number's bytes, highest first, without leading zeros.
void append_number(std::string& key, uint64_t value) {
  std::string bytes;
  for (; value > 0; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value & 0xFF));
  key += static_cast<char>(bytes.size());
  key += bytes;
}

// 00 and FF are escaped; 00 01 ends it.
void append_string(std::string& key, std::string_view text) {
  for (const char c : text) {
    key += c;
    if (c == '\x00') key += '\xFF';
    if (c == '\xFF') key += '\x00';
  }
  key.append("\x00\x01", 2);
}

// n bytes hold 7*n - 1 bits below a header: as many one bits as there are bytes, then the sign. A
// negative number has every header bit flipped.
void append_signed(std::string& key, int64_t value) {
  const uint64_t magnitude = static_cast<uint64_t>(value < 0 ? ~value : value);
  int n = 1;
  while (n < 10 && 7 * n - 1 < 64 && magnitude >> (7 * n - 1) != 0) ++n;
  char bytes[10];  // the value in two's complement, big-endian, on the right
  for (int i = 0; i < 10; ++i) {
    const int shift = 8 * (9 - i);
    bytes[i] = static_cast<char>(shift > 56 ? (value < 0 ? 0xFF : 0) : value >> shift);
  }
  char* const begin = bytes + 10 - n;
  const unsigned header = 0xFFFF0000u >> n;  // n ones at the top of 16 bits
  begin[0] = static_cast<char>(begin[0] ^ static_cast<char>(header >> 8));
  if (n > 1) begin[1] = static_cast<char>(begin[1] ^ static_cast<char>(header));
  key.append(begin, static_cast<size_t>(n));
}

}  // namespace

std::string slice_key(std::string_view name, const std::vector<SliceExtent>& extents) {
  std::string key;
  append_number(key, 0);
  append_string(key, name);
  append_number(key, extents.size());
  for (const SliceExtent& extent : extents) {
    append_signed(key, extent.start);
    append_signed(key, extent.length);
  }
  return key;
}

}  // namespace gpt2run
