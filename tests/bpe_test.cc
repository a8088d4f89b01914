#include "tokenizer/bpe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/plain_tokenizer.h"
#include "support/random_text.h"
#include "support/test_data.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/token_table.h"

namespace gpt2run {
namespace {

std::vector<int> bpe(std::string_view piece, const TokenTable& tokens) {
  std::vector<int> ids;
  append_bpe(piece, tokens.byte_ids(), tokens.merges(), ids);
  return ids;
}

// The 256 bytes, then what the merges make.
Vocabulary vocabulary_of(const StringPairList& merges) {
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.tokens.push_back(spell_bytes(std::string(1, static_cast<char>(byte))));
  }
  for (const auto& [left, right] : merges) {
    vocabulary.tokens.push_back(std::string(left).append(right));
  }
  vocabulary.merges = merges;
  return vocabulary;
}

TEST(Bpe, MergesTheLowestRankFirstWhereverItStands) {
  const TokenTable tokens(vocabulary_of({{"b", "c"}, {"a", "b"}, {"bc", "d"}}));
  EXPECT_EQ(bpe("abcd", tokens), (std::vector<int>{'a', 258}));
  EXPECT_EQ(bpe("abab", tokens), (std::vector<int>{257, 257}));
  EXPECT_EQ(bpe("x", tokens), std::vector<int>{'x'});
}

TEST(Bpe, MergesOverlappingPairsFromTheLeft) {
  const TokenTable tokens(vocabulary_of({{"a", "a"}, {"aa", "aa"}}));
  for (size_t n = 1; n <= 100; ++n) {
    std::vector<int> expected(n / 4, 257);
    if (n % 4 >= 2) expected.push_back(256);
    if (n % 2 == 1) expected.push_back('a');
    EXPECT_EQ(bpe(std::string(n, 'a'), tokens), expected) << n;
  }
}

TEST(Bpe, MergesAllPairsOfOneRankBeforeWhatTheyMake) {
  // The merge listed first needs what the second makes.
  const TokenTable tokens(vocabulary_of({{"ab", "a"}, {"a", "b"}}));
  EXPECT_EQ(bpe("abab", tokens), (std::vector<int>{257, 257}));
  std::string long_piece;
  for (int i = 0; i < 50; ++i) long_piece += "ab";
  EXPECT_EQ(bpe(long_piece, tokens), std::vector<int>(50, 257));
}

TEST(Bpe, RanksAndIdsAreDifferentNumbers) {
  Vocabulary vocabulary = vocabulary_of({});
  vocabulary.merges = {{"a", "b"}, {"b", "c"}};
  for (const char* token : {"bc", "ab"}) vocabulary.tokens.push_back(token);
  EXPECT_EQ(bpe("abc", TokenTable(vocabulary)), (std::vector<int>{257, 'c'}));
}

TEST(Bpe, PiecesOfEveryLengthEqualThePlainLoop) {
  const Vocabulary vocabulary = read_vocabulary(default_model());
  const TokenTable tokens(vocabulary);
  const PlainTokenizer plain(vocabulary);
  std::mt19937 random(2);
  for (size_t n = 1; n <= 200; ++n) {
    for (const std::string_view letters : {"thea", "etaoinshrdlu", "the"}) {
      std::string piece;
      while (piece.size() < n) piece += letters[random() % letters.size()];
      ASSERT_EQ(bpe(piece, tokens), plain.encode(piece)) << piece;
    }
  }
}

TEST(Bpe, RandomVocabulariesEqualThePlainLoop) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> parts = {"a", "b", "c"};
    std::vector<std::pair<std::string, std::string>> merges;
    for (int i = 0; i < 12; ++i) {
      const std::pair merge(parts[random() % parts.size()], parts[random() % parts.size()]);
      const std::string result = merge.first + merge.second;
      if (std::find(parts.begin(), parts.end(), result) != parts.end()) continue;
      parts.push_back(result);
      merges.push_back(merge);
    }
    std::shuffle(merges.begin(), merges.end(), random);  // no order that training would give
    StringPairList shuffled;
    for (const auto& [left, right] : merges) shuffled.push_back(left, right);
    const Vocabulary vocabulary = vocabulary_of(shuffled);
    const TokenTable tokens(vocabulary);
    const PlainTokenizer plain(vocabulary);
    for (int i = 0; i < 20; ++i) {
      std::string piece;
      for (size_t n = 1 + random() % 90; n > 0; --n) piece += "abc"[random() % 3];
      ASSERT_EQ(bpe(piece, tokens), plain.encode(piece)) << piece;
    }
  }
}

}  // namespace
}  // namespace gpt2run
