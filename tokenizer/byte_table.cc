#include "tokenizer/byte_table.h"

#include <array>

namespace gpt2run {
namespace {

constexpr int kFirstMoved = 0x100;
constexpr int kMaxCodePoints = kFirstMoved + 68;

constexpr bool stands_for_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Table {
  std::array<int, 256> code_point_of{};
  std::array<int, kMaxCodePoints> byte_of{};  // -1: of no byte
};

constexpr Table make_table() {
  Table table;
  table.byte_of.fill(-1);
  int next_moved = kFirstMoved;
  for (int byte = 0; byte < 256; ++byte) {
    const int code_point = stands_for_itself(byte) ? byte : next_moved++;
    table.code_point_of[byte] = code_point;
    table.byte_of[code_point] = byte;
  }
  return table;
}

constexpr Table kTable = make_table();
static_assert(kTable.code_point_of[' '] == 0x120);
static_assert(kTable.code_point_of[0xAD] == kMaxCodePoints - 1);

// The byte that the character at i stands for, -1 if none; leaves i at the character's end.
int take_byte(std::string_view spelling, size_t& i) {
  int code_point = static_cast<unsigned char>(spelling[i]);
  if (code_point >= 0x80) {
    // All characters of the table are below U+0800, so two bytes long.
    if (code_point < 0xC2 || code_point > 0xDF || i + 1 == spelling.size()) return -1;
    const int second = static_cast<unsigned char>(spelling[++i]);
    if ((second & 0xC0) != 0x80) return -1;
    code_point = ((code_point & 0x1F) << 6) | (second & 0x3F);
  }
  return code_point < kMaxCodePoints ? kTable.byte_of[code_point] : -1;
}

}  // namespace

std::string spell_bytes(std::string_view bytes) {
  std::string spelling;
  for (const char byte : bytes) {
    const int code_point = kTable.code_point_of[static_cast<unsigned char>(byte)];
    if (code_point < 0x80) {
      spelling.push_back(static_cast<char>(code_point));
    } else {
      spelling.push_back(static_cast<char>(0xC0 | (code_point >> 6)));
      spelling.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
    }
  }
  return spelling;
}

bool append_unspelled(std::string_view spelling, std::string& bytes) {
  size_t n = bytes.size();
  const size_t n_before = n;
  bytes.resize(n + spelling.size());  // a character is a byte at least
  for (size_t i = 0; i < spelling.size(); ++i) {
    const int byte = take_byte(spelling, i);
    if (byte < 0) {
      bytes.resize(n_before);
      return false;
    }
    bytes[n++] = static_cast<char>(byte);
  }
  bytes.resize(n);
  return true;
}

std::optional<std::string> unspell_bytes(std::string_view spelling) {
  std::string bytes;
  if (!append_unspelled(spelling, bytes)) return std::nullopt;
  return bytes;
}

bool is_special_token(std::string_view token) {
  return token.size() >= 4 && token.starts_with("<|") && token.ends_with("|>");
}

}  // namespace gpt2run
