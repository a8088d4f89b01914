#include "support/random_text.h"

#include <iterator>
#include <string_view>

namespace gpt2run {
namespace {

// Where code points are drawn from: Latin, marks, Greek and Cyrillic, Hebrew and Arabic, the Indic
// scripts, Khmer, punctuation and symbols, CJK, Hangul, private use, emoji, number forms, tags.
constexpr char32_t kBlocks[][2] = {
    {0x20, 0x7E},       {0xA0, 0x17F},      {0x300, 0x36F},     {0x370, 0x52F},
    {0x590, 0x6FF},     {0x900, 0xDFF},     {0x1780, 0x17FF},   {0x2000, 0x2BFF},
    {0x3000, 0x30FF},   {0x4E00, 0x9FFF},   {0xAC00, 0xD7A3},   {0xE000, 0xE0FF},
    {0xFE00, 0xFFFF},   {0x10000, 0x1FFFF}, {0x1F300, 0x1FAFF}, {0x1D7C0, 0x1D7FF},
    {0x20000, 0x323AF}, {0xE0000, 0xE01EF}, {0xF0000, 0x10FFFF}};

constexpr std::string_view kPieces[] = {"the",
                                        "Romeo",
                                        "thou",
                                        "ing",
                                        "able",
                                        "'s",
                                        "'t",
                                        "'re",
                                        "'ve",
                                        "'m",
                                        "'ll",
                                        "'d",
                                        "'S",
                                        "\u2019s",
                                        "''",
                                        "'",
                                        "42",
                                        "1984",
                                        "\u00B2\u2167",
                                        "\u00BD",
                                        "\u0663",
                                        "e\u0301",
                                        "\u0301",
                                        "<|endoftext|>",
                                        "\U0001F469\u200D\U0001F469\u200D\U0001F467",
                                        "\U0001F3FD",
                                        "---",
                                        "!?",
                                        "..."};

constexpr char32_t kSpaces[] = {' ',    ' ',    ' ',    '\n',   '\t',   '\r',   '\v',   '\f',
                                0x85,   0xA0,   0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F,
                                0x205F, 0x3000, 0x200B, 0x180E, 0xFEFF, 0x1C,   0};

template <class Table>
const auto& any_of(const Table& table, std::mt19937& random) {
  return table[random() % std::size(table)];
}

std::string any_character(std::mt19937& random) {
  const auto& block = any_of(kBlocks, random);
  return utf8_of(block[0] + random() % (block[1] - block[0] + 1));
}

std::string repeat(const std::string& unit, size_t n) {
  std::string text;
  while (n-- > 0) text += unit;
  return text;
}

}  // namespace

std::string utf8_of(char32_t code_point) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80 | ((code_point >> shift) & 63));
  };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xC0 | code_point >> 6), tail(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xE0 | code_point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)};
}

std::string random_text(std::mt19937& random) {
  std::string text;
  for (size_t n = 1 + random() % 12; n > 0; --n) {
    switch (random() % 7) {
      case 0:
        text += any_of(kPieces, random);
        break;
      case 1:
        text += repeat(utf8_of(any_of(kSpaces, random)), 1 + random() % 4);
        break;
      case 2:
        text += ' ';
        break;
      case 3:
        text += any_character(random);
        break;
      case 4:
        text += repeat(any_character(random), 1 + random() % 6);
        break;
      case 5:
        text += repeat(" ", random() % 9);
        break;
      default:
        for (size_t k = 1 + random() % 50; k > 0; --k) text += "abehot"[random() % 6];
    }
  }
  return text;
}

std::string random_bytes(std::mt19937& random, size_t n) {
  std::string bytes;
  while (n-- > 0) bytes += static_cast<char>(random());
  return bytes;
}

}  // namespace gpt2run
