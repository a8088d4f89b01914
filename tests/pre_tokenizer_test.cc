#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include "support/plain_tokenizer.h"
#include "support/random_text.h"

namespace gpt2run {
namespace {

using Pieces = std::vector<std::string>;

Pieces split(std::string_view text) {
  static const PreTokenizer pre_tokenizer;
  Pieces pieces;
  while (!text.empty()) {
    const size_t n = pre_tokenizer.piece_length(text);
    if (n == 0 || n > text.size()) throw std::logic_error("a piece of no sense");
    pieces.emplace_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return pieces;
}

TEST(PreTokenizer, SplitsWordsNumbersAndSymbols) {
  EXPECT_EQ(split("Hello world, 42 times!!"),
            (Pieces{"Hello", " world", ",", " 42", " times", "!!"}));
  EXPECT_EQ(split("a1b"), (Pieces{"a", "1", "b"}));
  EXPECT_EQ(split("\u00B2\u2167\u00BD"), (Pieces{"\u00B2\u2167\u00BD"}));
  EXPECT_EQ(split("\u4E2D\u6587 \uD55C\uAD6D"), (Pieces{"\u4E2D\u6587", " \uD55C\uAD6D"}));
}

TEST(PreTokenizer, TheLastSpaceGoesToTheNextPiece) {
  EXPECT_EQ(split("a  b"), (Pieces{"a", " ", " b"}));
  EXPECT_EQ(split("a   !"), (Pieces{"a", "  ", " !"}));
  EXPECT_EQ(split("a \n b"), (Pieces{"a", " \n", " b"}));
  EXPECT_EQ(split("a\n\nb"), (Pieces{"a", "\n", "\n", "b"}));
  EXPECT_EQ(split("a  "), (Pieces{"a", "  "}));
  EXPECT_EQ(split("a \n"), (Pieces{"a", " \n"}));
}

TEST(PreTokenizer, OnlyAPlainSpaceIsGlued) {
  EXPECT_EQ(split("tab\t\tx"), (Pieces{"tab", "\t", "\t", "x"}));
  EXPECT_EQ(split("x \u00A0 y"), (Pieces{"x", " \u00A0", " y"}));
  EXPECT_EQ(split("x\u3000\u2028y"), (Pieces{"x", "\u3000", "\u2028", "y"}));
}

TEST(PreTokenizer, WhatOnlyLooksLikeWhiteSpaceIsASymbol) {
  for (const char* symbol : {"\u200B", "\u180E", "\uFEFF", "\x1C", "\x1F"}) {
    const std::string text = std::string("a ") + symbol + symbol + "b";
    EXPECT_EQ(split(text), (Pieces{"a", std::string(" ") + symbol + symbol, "b"})) << text;
  }
}

TEST(PreTokenizer, ContractionsAreLowerCaseAscii) {
  EXPECT_EQ(split("he'll I've"), (Pieces{"he", "'ll", " I", "'ve"}));
  EXPECT_EQ(split("'save"), (Pieces{"'s", "ave"}));
  EXPECT_EQ(split("''s"), (Pieces{"''", "s"}));
  EXPECT_EQ(split("it 's"), (Pieces{"it", " '", "s"}));
  EXPECT_EQ(split("IT'S"), (Pieces{"IT", "'", "S"}));
  EXPECT_EQ(split("don\u2019t"), (Pieces{"don", "\u2019", "t"}));
}

TEST(PreTokenizer, AMarkIsNoLetter) {
  EXPECT_EQ(split("e\u0301a"), (Pieces{"e", "\u0301", "a"}));
  EXPECT_EQ(split(" \u0301"), (Pieces{" \u0301"}));
}

TEST(PreTokenizer, EachByteThatIsNotUtf8StandsAlone) {
  EXPECT_EQ(split("a \xFF\xFE!"), (Pieces{"a", " ", "\xFF", "\xFE", "!"}));
  EXPECT_EQ(split("\n\n\x80"), (Pieces{"\n", "\n", "\x80"}));
  EXPECT_EQ(split("\xE2\x82"), (Pieces{"\xE2", "\x82"}));              // cut off
  EXPECT_EQ(split("\xC0\xAF"), (Pieces{"\xC0", "\xAF"}));              // overlong
  EXPECT_EQ(split("\xED\xA0\x80"), (Pieces{"\xED", "\xA0", "\x80"}));  // a surrogate
  EXPECT_EQ(split("\xF4\x90\x80\x80"), (Pieces{"\xF4", "\x90", "\x80", "\x80"}));
  EXPECT_EQ(split(std::string("a\0b", 3)), (Pieces{"a", std::string(1, '\0'), "b"}));
}

TEST(PreTokenizer, ClassesEveryCodePointAsTheTablesDo) {
  for (char32_t first = 0; first < 0x110000; first += 0x1000) {
    std::string text;
    for (char32_t c = first; c < first + 0x1000; ++c) text += "a" + utf8_of(c) + " " + utf8_of(c);
    ASSERT_EQ(split(text), plain_split(text)) << static_cast<uint32_t>(first);
  }
}

TEST(PreTokenizer, SplitsRunsOfEachClassAsThePlainLoopDoes) {
  const Pieces classes = {"a",          "\u00E9", "1",    "\u00BD",   "!",
                          "\U0001F600", " ",      "\n",   "\u00A0",   "\u3000",
                          "\u0301",     "'",      "\x80", "\xE2\x82", "\xED\xA0\x80"};
  for (const std::string& first : classes) {
    for (const std::string& second : classes) {
      for (size_t n = 1; n <= 17; ++n) {
        std::string text;
        for (size_t i = 0; i < n; ++i) text += first;
        EXPECT_EQ(split(text + second), plain_split(text + second)) << text << second;
        EXPECT_EQ(split(second + text), plain_split(second + text)) << second << text;
      }
    }
  }
}

TEST(PreTokenizer, SplitsRandomTextsAndBytesAsThePlainLoopDoes) {
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_text(random);
    ASSERT_EQ(split(text), plain_split(text)) << text;
    const std::string bytes = random_text(random) + random_bytes(random, 1 + random() % 8);
    ASSERT_EQ(split(bytes), plain_split(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace gpt2run
