#include "tokenizer/recover_merges.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

using Merges = StringPairList;

StringList bytes_of(const Vocabulary& vocabulary) {
  StringList bytes;
  for (const std::string_view token : vocabulary.tokens) {
    bytes.push_back(unspell_bytes(token).value_or(std::string(token)));
  }
  return bytes;
}

StringList all_bytes() {
  StringList tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(std::string(1, static_cast<char>(byte)));
  return tokens;
}

Merges merges_of(const StringList& more_tokens) {
  StringList tokens = all_bytes();
  for (const std::string_view token : more_tokens) tokens.push_back(token);
  return recover_merges(tokens);
}

void expect_recovered(const std::filesystem::path& folder) {
  const Vocabulary expected = read_vocabulary(folder);
  const Vocabulary found = vocabulary_of_bytes(bytes_of(expected), "tokens");
  EXPECT_EQ(found.tokens, expected.tokens);
  EXPECT_EQ(found.merges, expected.merges);
}

TEST(RecoverMerges, OfTheFixturesAndTheDefaultModelAreThoseOfTheirFiles) {
  expect_recovered(test_data("fixtures/tf1"));
  expect_recovered(default_model());
}

TEST(RecoverMerges, OfTheOfficialVocabularyAreThoseOfVocabBpe) {
  const auto folder = large_test_data("gpt2-vocab");
  GPT2RUN_NEEDS(folder);
  expect_recovered(folder);
}

TEST(RecoverMerges, PartsAreWhatTheEarlierMergesLeave) {
  EXPECT_EQ(merges_of({"bc", "ab", "abc"}), (Merges{{"b", "c"}, {"a", "b"}, {"a", "bc"}}));
  EXPECT_EQ(merges_of({"ab", "bc", "abc"}), (Merges{{"a", "b"}, {"b", "c"}, {"ab", "c"}}));
  EXPECT_EQ(merges_of({" a", "\n\n"}), (Merges{{"\u0120", "a"}, {"\u010A", "\u010A"}}));
}

TEST(RecoverMerges, TokensThatNoMergeMadeHaveNone) {
  EXPECT_EQ(merges_of({"abc", "ab", "", "ab", "x"}), (Merges{{"a", "b"}}));
  EXPECT_EQ(merges_of({"<|", "|>", "<||>", "<|endoftext|>"}), (Merges{{"<", "|"}, {"|", ">"}}));
  EXPECT_EQ(recover_merges({"a", "ab", "b\xFF"}), Merges{}) << "no token for these bytes";
  EXPECT_EQ(recover_merges({}), Merges{});
}

TEST(RecoverMerges, ALongTokenTakesNoLongerThanItsBytes) {
  StringList tokens;
  for (size_t n = 2; n <= size_t{1} << 20; n *= 2) tokens.push_back(std::string(n, 'a'));
  EXPECT_EQ(merges_of(tokens).size(), 20u);
}

TEST(VocabularyOfBytes, MakesATokenizer) {
  const Tokenizer expected(test_data("fixtures/tf1"));
  const Tokenizer found(
      vocabulary_of_bytes(bytes_of(read_vocabulary(test_data("fixtures/tf1"))), "x"));
  EXPECT_EQ(found.eot(), expected.eot());
  for (const std::string text : {"return the params", "  def f():\n\treturn 42", "\xFF\xC3\xA9"}) {
    EXPECT_EQ(found.encode(text), expected.encode(text));
  }
}

TEST(VocabularyOfBytes, RefusesTooManyTokens) {
  StringList tokens;
  while (tokens.size() <= kMaxVocabularyTokens) tokens.push_back("");
  expect_error(ErrorKind::kTokenizer, {"x.bin: expected at most 4194304 tokens, found 4194305"},
               [&] { vocabulary_of_bytes(tokens, "x.bin"); });
}

}  // namespace
}  // namespace gpt2run
