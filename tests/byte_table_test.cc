#include "tokenizer/byte_table.h"

#include <gtest/gtest.h>

#include <set>

namespace gpt2run {
namespace {

TEST(ByteTable, SpellsAsOpenAiDoes) {
  EXPECT_EQ(spell_bytes(" the\n"), "\u0120the\u010A");
  EXPECT_EQ(spell_bytes("!~"), "!~");
  EXPECT_EQ(spell_bytes(std::string("\0", 1)), "\u0100");
  EXPECT_EQ(spell_bytes("\x7F"), "\u0121");
  EXPECT_EQ(spell_bytes("\xA0"), "\u0142");
  EXPECT_EQ(spell_bytes("\xAD"), "\u0143");
  EXPECT_EQ(spell_bytes("\xC3\xA9"), "\u00C3\u00A9");
}

TEST(ByteTable, EveryByteHasASpellingOfItsOwn) {
  std::set<std::string> spellings;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    const std::string spelling = spell_bytes(bytes);
    spellings.insert(spelling);
    EXPECT_EQ(unspell_bytes(spelling), bytes) << byte;
  }
  EXPECT_EQ(spellings.size(), 256u);
}

TEST(ByteTable, RefusesCharactersThatSpellNoByte) {
  for (const char* spelling : {" ", "a b", "\n", "\x7F", "\u00A0", "\u00AD", "\u0144", "\u4E2D",
                               "\xC4", "\x80", "\xC0\x80", "\xC4\x41", "\xFF"}) {
    EXPECT_EQ(unspell_bytes(spelling), std::nullopt) << spelling;
  }
  EXPECT_EQ(unspell_bytes(""), "");
}

}  // namespace
}  // namespace gpt2run
