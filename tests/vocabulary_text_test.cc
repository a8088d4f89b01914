#include "base/vocabulary_text.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

void expect_same_bytes(const std::filesystem::path& folder) {
  const Vocabulary vocabulary = read_vocabulary(folder);
  // Compared without being printed: the official files are long.
  EXPECT_TRUE(encoder_json_text(vocabulary) == read_bytes(folder / "encoder.json")) << folder;
  EXPECT_TRUE(merges_text(vocabulary) == read_bytes(folder / "vocab.bpe")) << folder;
}

TEST(VocabularyText, IsWhatWasRead) {
  expect_same_bytes(test_data("fixtures/tf1"));
  expect_same_bytes(test_data("fixtures/bad/_good_base_tf1"));
}

TEST(VocabularyText, OfTheOfficialVocabularyIsTheOfficialFiles) {
  const auto folder = large_test_data("gpt2-vocab");
  GPT2RUN_NEEDS(folder);
  expect_same_bytes(folder);
}

// json.dumps({token: 0}) of Python.
TEST(VocabularyText, EscapesAsPythonDoes) {
  Vocabulary vocabulary;
  vocabulary.tokens = {
      "\"\\/", "\b\f\n\r\t", {"\x01\x1F\x7F\x00", 4}, "\u0120\u4E2D", "\U0001F600"};
  EXPECT_EQ(encoder_json_text(vocabulary),
            R"({"\"\\/": 0, "\b\f\n\r\t": 1, "\u0001\u001f\u007f\u0000": 2, )"
            R"("\u0120\u4e2d": 3, "\ud83d\ude00": 4})");
  EXPECT_EQ(encoder_json_text({}), "{}");
  EXPECT_EQ(merges_text({}), "#version: 0.2\n");
}

TEST(VocabularyText, NamesATokenThatJsonCannotHold) {
  Vocabulary vocabulary;
  vocabulary.tokens_name = "x.gguf: tokens";
  vocabulary.tokens = {"<|\xFF|>"};
  expect_error(ErrorKind::kTokenizer, {"x.gguf: tokens: token \"<|\\xff|>\": expected UTF-8"},
               [&] { encoder_json_text(vocabulary); });
}

}  // namespace
}  // namespace gpt2run
