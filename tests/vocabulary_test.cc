#include "tokenizer/vocabulary.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "support/test_data.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

using Json = nlohmann::ordered_json;

// A small whole vocabulary: 256 bytes, three merges' tokens, <|endoftext|>.
Json small_encoder() {
  Json encoder;
  for (int byte = 0; byte < 256; ++byte) {
    encoder[spell_bytes(std::string(1, static_cast<char>(byte)))] = byte;
  }
  for (const char* token : {"\u0120t", "he", "\u0120the", "<|endoftext|>"}) {
    const size_t id = encoder.size();
    encoder[token] = id;
  }
  return encoder;
}

const std::string kMerges = "#version: 0.2\n\u0120 t\nh e\n\u0120t he\n";

// What a Tokenizer says of these two files; nothing where it is content.
struct Failure {
  ErrorKind kind;
  std::string message;
};

std::optional<Failure> failure_of(const std::filesystem::path& folder) {
  try {
    const Tokenizer tokenizer(folder);
    EXPECT_EQ(tokenizer.decode(tokenizer.encode("the the")), "the the");
  } catch (const TokenizerError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return Failure{error.kind(), error.what()};
  }
  return std::nullopt;
}

std::optional<Failure> failure_of(const std::string& encoder, const std::string& merges) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "encoder.json", encoder);
  write_bytes(folder.path() / "vocab.bpe", merges);
  return failure_of(folder.path());
}

void expect_damaged(const std::optional<Failure>& failure, const std::string& file,
                    const std::string& where) {
  ASSERT_TRUE(failure) << "no error, expected one at " << where;
  EXPECT_EQ(failure->kind, ErrorKind::kTokenizer) << failure->message;
  EXPECT_NE(failure->message.find(file + ": " + where), std::string::npos) << failure->message;
}

void expect_bad_encoder(const std::string& encoder, const std::string& where) {
  expect_damaged(failure_of(encoder, kMerges), "encoder.json", where);
}

void expect_bad_merges(const std::string& merges, const std::string& where) {
  expect_damaged(failure_of(small_encoder().dump(), merges), "vocab.bpe", where);
}

// The small vocabulary with one token's id set to any JSON text.
std::string with_id(const std::string& token, const std::string& id) {
  Json encoder = small_encoder();
  encoder[token] = "ID";
  std::string text = encoder.dump();
  return text.replace(text.find("\"ID\""), 4, id);
}

TEST(Vocabulary, AcceptsEveryHarmlessForm) {
  const std::string encoder = small_encoder().dump();
  const std::string lines = kMerges.substr(kMerges.find('\n') + 1);
  std::string crlf = kMerges;
  for (size_t i = 0; (i = crlf.find('\n', i)) != std::string::npos; i += 2) crlf.insert(i, "\r");
  for (const std::string& merges :
       {kMerges, lines, crlf, kMerges.substr(0, kMerges.size() - 1), kMerges + "\n\r\n",
        "\xEF\xBB\xBF" + kMerges, "\xEF\xBB\xBF" + lines}) {
    for (const std::string& tokens : {encoder, small_encoder().dump(1), "\xEF\xBB\xBF" + encoder}) {
      const TemporaryFolder folder;
      write_bytes(folder.path() / "encoder.json", tokens);
      write_bytes(folder.path() / "vocab.bpe", merges);
      const Tokenizer tokenizer(folder.path());
      EXPECT_EQ(tokenizer.encode("the the"), (std::vector<int>{'t', 257, 258})) << merges;
      EXPECT_EQ(tokenizer.eot(), 259);
    }
  }
}

TEST(Vocabulary, TokensMayStandInAnyOrder) {
  Json encoder;
  const Json ordered = small_encoder();
  std::vector<std::string> tokens;
  for (const auto& [token, id] : ordered.items()) tokens.push_back(token);
  for (size_t i = tokens.size(); i-- > 0;) encoder[tokens[i]] = ordered[tokens[i]];
  EXPECT_FALSE(failure_of(encoder.dump(), kMerges));
}

TEST(Vocabulary, NamesWhatIsNoObjectOfIds) {
  expect_bad_encoder("[1, 2]", "expected a JSON object of tokens and ids, found an array");
  expect_bad_encoder("17", "expected a JSON object of tokens and ids, found 17");
  expect_bad_encoder("\"the\"", "expected a JSON object of tokens and ids, found the string");
  expect_bad_encoder("null", "expected a JSON object of tokens and ids, found null");
  expect_bad_encoder(small_encoder().dump() + "x", "byte ");
  expect_bad_encoder(std::string(1000, '\0'), "byte 1: expected JSON");
  expect_bad_encoder("{\"a\": 0, \"\xFF\": 1}", "byte ");
  expect_bad_encoder("{\"a\": " + std::string(100000, '['), "token \"a\": expected an id");
  expect_bad_encoder(std::string(100000, '['), "expected a JSON object");
}

TEST(Vocabulary, NamesTheTokenWhoseIdIsWrong) {
  for (const char* id : {"-1", "1.0", "1e2", "\"7\"", "null", "true", "[7]", "{\"a\": 7}",
                         "18446744073709551616", "4294967296", "2147483648"}) {
    expect_bad_encoder(with_id("he", id), "token \"he\": expected an id");
  }
  expect_bad_encoder(with_id("he", "260"), "token \"he\": expected the ids 0 to 259");
  expect_bad_encoder(with_id("he", "999999"), "token \"he\": expected the ids 0 to 259");
  expect_bad_encoder(with_id("he", "256"),
                     "id 256: expected one token, found \"\u0120t\" and \"he\"");
}

TEST(Vocabulary, NamesATokenThatStandsTwice) {
  std::string text = small_encoder().dump();
  text.replace(text.find("\"he\""), 4, "\"ab\"");
  const size_t end = text.size() - 1;
  expect_bad_encoder(std::string(text).insert(end, ", \"ab\": 260"),
                     "token \"ab\": expected one id, found 257 and 260");
  expect_bad_encoder(std::string(text).insert(end, ", \"ab\": 257"),
                     "id 257: expected one token, found \"ab\" and \"ab\"");
}

TEST(Vocabulary, NamesATokenThatSpellsNoBytes) {
  for (const char* token : {" he", "\u4E2D", "a\nb", ""}) {
    Json encoder = small_encoder();
    const size_t id = encoder.size();
    encoder[token] = id;
    expect_bad_encoder(encoder.dump(), "token \"");
  }
  Json encoder = small_encoder();
  const size_t id = encoder.size();
  encoder["<|end of \u4E2D|>"] = id;
  EXPECT_FALSE(failure_of(encoder.dump(), kMerges)) << "special tokens are taken as they stand";
}

TEST(Vocabulary, NamesTheByteThatHasNoToken) {
  std::string text = small_encoder().dump();
  text.replace(text.find("\"\u010A\""), 4, "\"xyzzy\"");
  expect_bad_encoder(text,
                     "expected a token for each of the 256 bytes, found no \"\u010A\" for byte 10");
  expect_bad_encoder(R"({"Power": 13434, ",": 11})", "expected at least the 256 tokens");
  expect_bad_encoder("{}", "expected at least the 256 tokens");
}

TEST(Vocabulary, EveryCutOfEncoderJsonIsAnError) {
  const std::string text = small_encoder().dump();
  for (size_t n = 1; n < text.size(); n += 7) {
    expect_bad_encoder(text.substr(0, n),
                       "byte " + std::to_string(n + 1) + ": expected JSON, found");
  }
}

TEST(Vocabulary, NamesTheMergeLineThatIsNoPair) {
  expect_bad_merges("#version: 0.2\n\u0120 t\nhe\n", "line 3: expected two parts");
  expect_bad_merges("\u0120 t\nh e x\n", "line 2: expected two parts");
  expect_bad_merges(kMerges + "h  e\n", "line 5: expected two parts");
  expect_bad_merges(kMerges + " he\n", "line 5: expected two parts");
  expect_bad_merges(kMerges + "he \n", "line 5: expected two parts");
  expect_bad_merges("\u0120 t\n\nh e\n",
                    "line 2: expected two parts with one space between them, "
                    "found an empty line");
  expect_bad_merges(kMerges + std::string(10, '\0'), "line 5: expected two parts");
}

TEST(Vocabulary, NamesTheMergeThatDoesNotFitTheTokens) {
  expect_bad_merges(kMerges + "h x\n", "line 5: expected tokens of ");
  expect_bad_merges(kMerges + "hx e\n", "line 5: expected tokens of ");
  expect_bad_merges(kMerges + "h \u4E2D\n", "line 5: expected tokens of ");
  expect_bad_merges(kMerges + "h e\n", "line 5: expected each merge once");
}

TEST(Vocabulary, EveryCutOfVocabBpeIsAnErrorOrLosesNothing) {
  const std::string encoder = small_encoder().dump();
  for (size_t n = 0; n + 1 < kMerges.size(); ++n) {
    const auto failure = failure_of(encoder, kMerges.substr(0, n));
    ASSERT_TRUE(failure) << kMerges.substr(0, n);
    EXPECT_EQ(failure->kind, ErrorKind::kTokenizer);
  }
  expect_bad_merges("#version: 0.2\n\u0120 t\nh e\n",
                    "expected a merge that makes \"\u0120the\", found none among 2 merges");
}

TEST(Vocabulary, TokensThatWereAddedByHandNeedNoMerge) {
  Json encoder = small_encoder();
  for (const char* token : {"[PAD]", "<pad>", "<|user|>"}) {
    const size_t id = encoder.size();
    encoder[token] = id;
  }
  EXPECT_FALSE(failure_of(encoder.dump(), kMerges));
}

TEST(Vocabulary, NamesTheFileThatIsSomethingElse) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1042301\n";
  for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
           {pointer, "a Git LFS pointer"},
           {"<!DOCTYPE html>\n<html></html>", "an HTML or XML page"},
           {"\n <HTML><body>404</body></HTML>", "an HTML or XML page"},
           {"<?xml version='1.0'?><Error/>", "an HTML or XML page"},
           {"", "an empty file"}}) {
    expect_bad_encoder(text, "expected a JSON object of tokens and ids, found " + name);
    expect_bad_merges(text, "expected a list of merges, found " + name);
  }
}

TEST(Vocabulary, SaysWhichFileIsMissing) {
  const TemporaryFolder folder;
  const auto expect_missing = [&](const std::string& found) {
    const auto failure = failure_of(folder.path());
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->kind, ErrorKind::kNotFound);
    EXPECT_NE(failure->message.find(": expected " + found), std::string::npos) << failure->message;
  };
  expect_missing(
      "encoder.json and vocab.bpe, vocab.json and merges.txt, tokenizer.json or "
      "gpt2_tokenizer.bin, found none of them; put the model's vocabulary there");
  write_bytes(folder.path() / "vocab.bpe", kMerges);
  expect_missing("encoder.json and vocab.bpe, found vocab.bpe but no encoder.json; put both");
  std::filesystem::rename(folder.path() / "vocab.bpe", folder.path() / "encoder.json");
  expect_missing("encoder.json and vocab.bpe, found encoder.json but no vocab.bpe; put both");
  write_bytes(folder.path() / "merges.txt", kMerges);
  expect_missing(
      "encoder.json and vocab.bpe, or vocab.json and merges.txt, found encoder.json but no "
      "vocab.bpe, merges.txt but no vocab.json; put both");
}

TEST(Vocabulary, RefusesFoldersAndGiantFilesUnread) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "encoder.json");
  write_bytes(folder.path() / "vocab.bpe", kMerges);
  expect_damaged(failure_of(folder.path()), "encoder.json", "expected a regular file");
  std::filesystem::remove(folder.path() / "encoder.json");
  write_bytes(folder.path() / "encoder.json", small_encoder().dump());
  std::filesystem::resize_file(folder.path() / "vocab.bpe", kMaxVocabularyBytes + 1);
  expect_damaged(failure_of(folder.path()), "vocab.bpe", "expected at most");
}

TEST(Vocabulary, DamagedModelsOfTheFixturesAreRefused) {
  for (const auto& [folder, file] : std::vector<std::pair<std::string, std::string>>{
           {"encoder_duplicate_id", "encoder.json: id 265"},
           {"encoder_id_out_of_range", "encoder.json: token "},
           {"encoder_not_json", "encoder.json: byte "},
           {"encoder_missing_token", "encoder.json: "},
           {"vocab_bpe_truncated", "vocab.bpe: "},
           {"vocab_bpe_three_parts", "vocab.bpe: line 6: "},
           {"encoder_missing", "found vocab.bpe but no encoder.json"},
           {"vocab_bpe_missing", "found encoder.json but no vocab.bpe"}}) {
    const auto path = test_data("fixtures/bad/" + folder);
    GPT2RUN_NEEDS(path);
    const auto failure = failure_of(path);
    ASSERT_TRUE(failure) << folder;
    EXPECT_EQ(failure->kind,
              folder.ends_with("_missing") ? ErrorKind::kNotFound : ErrorKind::kTokenizer);
    EXPECT_NE(failure->message.find(file), std::string::npos) << failure->message;
  }
}

TEST(Vocabulary, TheToyCheckpointsCutDownFilesAreRefused) {
  const auto path = large_test_data("toy_checkpoint");
  GPT2RUN_NEEDS(path);
  expect_damaged(failure_of(path), "encoder.json", "expected at least the 256 tokens");
}

}  // namespace
}  // namespace gpt2run
