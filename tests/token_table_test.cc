#include "tokenizer/token_table.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

// The default model's, with names as those of a model's own.
Vocabulary plain_vocabulary() {
  Vocabulary vocabulary = read_vocabulary(default_model());
  vocabulary.tokens_name = "model.gguf: tokens";
  vocabulary.merges_name = "model.gguf: merges";
  vocabulary.first_merge_line = 0;
  return vocabulary;
}

TEST(TokenTable, OfPlainDataIsThatOfItsFiles) {
  EXPECT_EQ(Tokenizer(plain_vocabulary()).encode("ROMEO:"),
            Tokenizer(default_model()).encode("ROMEO:"));
}

TEST(TokenTable, NamesTheMergeOfPlainDataThatDoesNotFitTheTokens) {
  Vocabulary vocabulary = plain_vocabulary();
  const Vocabulary intact = vocabulary;
  vocabulary.merges = {};
  for (const auto& [left, right] : intact.merges) {
    vocabulary.merges.push_back(left, vocabulary.merges.size() == 7 ? "\u4E2D" : right);
  }
  expect_error(ErrorKind::kTokenizer, {"model.gguf: merges: merge 7: expected"},
               [&] { const TokenTable tokens(vocabulary); });
}

TEST(TokenTable, RefusesTooManyMergesBeforeItMakesRoomForThem) {
  Vocabulary vocabulary = plain_vocabulary();
  while (vocabulary.merges.size() <= kMaxVocabularyTokens) vocabulary.merges.push_back("", "");
  expect_error(ErrorKind::kTokenizer,
               {"model.gguf: tokens: expected at most 4194304 tokens and merges, found 4194305"},
               [&] { const TokenTable tokens(vocabulary); });
}

}  // namespace
}  // namespace gpt2run
