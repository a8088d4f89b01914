#include "loader/model_config.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr const char* kRight =
    R"({"n_vocab": 50257, "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12})";

Hparams read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "hparams.json", text);
  return read_config_file(folder.path() / "hparams.json").hparams;
}

// kRight with one value replaced.
std::string with(const std::string& key, const std::string& value) {
  std::string text = kRight;
  const size_t at = text.find("\"" + key + "\": ") + key.size() + 4;
  return text.replace(at, text.find_first_of(",}", at) - at, value);
}

TEST(Hparams, ReadsOpenAIsFileAndIgnoresUnknownKeys) {
  const Hparams hparams = read_text(kRight);
  EXPECT_EQ(hparams.n_vocab, 50257);
  EXPECT_EQ(hparams.n_ctx, 1024);
  EXPECT_EQ(hparams.n_embd, 768);
  EXPECT_EQ(hparams.n_head, 12);
  EXPECT_EQ(hparams.n_layer, 12);
  EXPECT_EQ(read_text(with("n_layer", "3, \"res_dropout\": [0.1, {\"a\": null}]")).n_layer, 3);
}

TEST(Hparams, RefusesWhatIsOutOfRangeByKey) {
  for (const char* key : {"n_vocab", "n_ctx", "n_embd", "n_head", "n_layer"}) {
    for (const char* value : {"0", "-1", "1e308", "\"768\"", "null", "true", "[1]", "1.5", "12.0",
                              "1000000000", "18446744073709551616", "-9223372036854775809"}) {
      expect_error(ErrorKind::kMismatch, {"hparams.json: ", key, "expected an integer from 1 to"},
                   [&] { read_text(with(key, value)); });
    }
  }
  expect_error(ErrorKind::kMismatch, {"n_embd", "\"768\""},
               [] { read_text(with("n_embd", "\"768\"")); });
  expect_error(ErrorKind::kMismatch, {"n_head", "a divisor of n_embd 768", "found 7"},
               [] { read_text(with("n_head", "7")); });
  expect_error(ErrorKind::kMismatch, {"n_head", "no such key"},
               [] { read_text(R"({"n_vocab": 1, "n_ctx": 1, "n_embd": 1, "n_layer": 1})"); });
}

TEST(Hparams, RefusesWhatIsNoJsonObject) {
  expect_error(ErrorKind::kMismatch, {"not JSON"}, [] { read_text(""); });
  expect_error(ErrorKind::kMismatch, {"not JSON"}, [] { read_text("n_vocab: 5"); });
  expect_error(ErrorKind::kMismatch, {"not JSON"}, [] { read_text(std::string(kRight) + "}"); });
  expect_error(ErrorKind::kMismatch, {"JSON object", "an array"}, [] { read_text("[]"); });
  expect_error(ErrorKind::kMismatch, {"byte order mark"},
               [] { read_text(std::string("\xEF\xBB\xBF") + kRight); });
  expect_error(ErrorKind::kMismatch, {"nested deeper"},
               [] { read_text("{\"a\": " + std::string(100000, '[')); });
  expect_error(ErrorKind::kMismatch, {"\"n_layer\" stands twice"},
               [] { read_text(with("n_layer", "12, \"n_layer\": 24")); });
  expect_error(ErrorKind::kMismatch, {"expected at most", "bytes"},
               [] { read_text(std::string(2 << 20, ' ')); });
}

TEST(Hparams, SaysThatTheFileIsAbsentOrIsNoFile) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kNotFound, {"hparams.json"},
               [&] { read_config_file(folder.path() / "hparams.json"); });
  expect_error(ErrorKind::kMismatch, {"a folder"}, [&] { read_config_file(folder.path()); });
}

TEST(Hparams, MessagesAreOneLine) {
  for (const std::string& text : {with("n_ctx", "\"a\\nb\""), std::string("{\n\"\n"),
                                  with("n_embd", "\"" + std::string(100000, 'x') + "\"")}) {
    const std::string message = expect_error(ErrorKind::kMismatch, {}, [&] { read_text(text); });
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 600u);
  }
}

}  // namespace
}  // namespace gpt2run
