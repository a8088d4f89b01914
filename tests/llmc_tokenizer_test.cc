#include "tokenizer/llmc_tokenizer.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"
#include "tokenizer/token_table.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

const std::string& fixture() {
  static const std::string bytes = read_bytes(test_data("fixtures/llmc/gpt2_tokenizer.bin"));
  return bytes;
}

std::string with_header(size_t index, int32_t value) {
  std::string bytes = fixture();
  for (size_t i = 0; i < 4; ++i) {
    bytes[4 * index + i] = static_cast<char>(static_cast<uint32_t>(value) >> (8 * i));
  }
  return bytes;
}

void expect_refused(ErrorKind kind, const std::string& bytes, const std::string& message) {
  expect_error(kind, {"t.bin: " + message},
               [&] { const TokenTable tokens(parse_llmc_tokenizer(bytes, "t.bin")); });
}

TEST(LlmcTokenizer, HoldsTheVocabularyWhoseMergesAreRecovered) {
  const Vocabulary expected = read_vocabulary(test_data("fixtures/tf1"));
  for (const std::string& bytes : {fixture(), with_header(1, 1)}) {
    const Vocabulary found = parse_llmc_tokenizer(bytes, "t.bin");
    EXPECT_EQ(found.tokens, expected.tokens);
    EXPECT_EQ(found.merges, expected.merges);
  }
  EXPECT_EQ(read_vocabulary(test_data("fixtures/llmc")).tokens, expected.tokens);
}

TEST(LlmcTokenizer, NamesWhatTheHeaderSaysWrong) {
  expect_refused(ErrorKind::kTokenizer, with_header(0, 20240327), "expected llm.c's tokenizer");
  expect_refused(ErrorKind::kTokenizer, fixture().substr(0, 1023), "expected llm.c's tokenizer");
  for (const int version : {0, 3, -1}) {
    expect_refused(ErrorKind::kUnsupported, with_header(1, version),
                   "version: expected 1 or 2, found " + std::to_string(version));
  }
  for (const int n_vocab : {-1, 0, 255, 1023, INT32_MAX, INT32_MIN}) {
    expect_refused(ErrorKind::kTokenizer, with_header(2, n_vocab),
                   "n_vocab: expected 256 or more, and a byte in the file for each, found " +
                       std::to_string(n_vocab));
  }
}

TEST(LlmcTokenizer, NamesAnotherEndOfText) {
  expect_refused(ErrorKind::kUnsupported, with_header(3, 398),
                 "end of text: expected the id of <|endoftext|>, found 398, which is \" x\"");
  for (const int eot : {-1, 400, INT32_MAX}) {
    expect_refused(ErrorKind::kTokenizer, with_header(3, eot),
                   "end of text: expected the id of <|endoftext|>, found " + std::to_string(eot));
  }
}

TEST(LlmcTokenizer, NamesTheTokenWhereTheFileEnds) {
  expect_refused(ErrorKind::kTokenizer, with_header(2, 401),
                 "token 400 at byte 2046: expected its length and as many bytes");
  for (size_t n = 1024 + 400; n < fixture().size(); ++n) {
    expect_refused(ErrorKind::kTokenizer, fixture().substr(0, n), "token ");
  }
  expect_refused(ErrorKind::kTokenizer, fixture() + "x",
                 "byte 2046: expected the end of the file after 400 tokens, found 1 bytes more");
}

TEST(LlmcTokenizer, EveryFlippedByteIsAnErrorOrAVocabulary) {
  for (size_t i = 0; i < fixture().size(); ++i) {
    std::string bytes = fixture();
    bytes[i] = static_cast<char>(bytes[i] ^ 0x41);
    try {
      EXPECT_GE(TokenTable(parse_llmc_tokenizer(bytes, "t.bin")).n_vocab(), 256);
    } catch (const TokenizerError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace gpt2run
