#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Json = nlohmann::json;

std::string tokenize(std::vector<std::string> flags, const std::string& input) {
  flags.insert(flags.begin(), "tokenize");
  const ProgramResult result = run_gpt2run(flags, input);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes + "\xE2\x82\xAC plain text\xF0\x9F\x98";
}

TEST(Gpt2runTokenize, WritesAJsonArray) {
  EXPECT_EQ(tokenize({}, "ROMEO:"), "[858,25]\n");
  EXPECT_EQ(tokenize({}, ""), "[]\n");
  EXPECT_EQ(tokenize({}, "To be, or not to be"), "[398,304,11,523,321,287,304]\n");
}

TEST(Gpt2runTokenize, ReadsTheFileThatIsGiven) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "text";
  write_bytes(file, "ROMEO:");
  EXPECT_EQ(tokenize({file}, "not this"), "[858,25]\n");
  expect_error(run_gpt2run({"tokenize", folder.path() / "none"}), 3, {"none"});
}

TEST(Gpt2runTokenize, NeedsOnlyTheVocabularyFiles) {
  const TemporaryFolder folder;
  for (const char* name : {"encoder.json", "vocab.bpe"}) {
    std::filesystem::copy(default_model() / name, folder.path() / name);
  }
  EXPECT_EQ(tokenize({"--model", folder.path()}, "ROMEO:"), "[858,25]\n");
  EXPECT_EQ(tokenize({"--vocab", folder.path()}, "ROMEO:"), "[858,25]\n");
  EXPECT_EQ(tokenize({"--model", default_model() / "model.ckpt"}, "ROMEO:"), "[858,25]\n");
}

TEST(Gpt2runTokenize, AnyBytesRoundTrip) {
  const std::string bytes = all_bytes();
  EXPECT_EQ(tokenize({"--decode"}, tokenize({}, bytes)), bytes);
  EXPECT_EQ(tokenize({"--decode"}, " [ 858,\n25 ] "), "ROMEO:");
}

TEST(Gpt2runTokenize, ParsesSpecialTokensOnlyWhenAsked) {
  EXPECT_EQ(tokenize({"--parse-special"}, "<|endoftext|>"), "[1024]\n");
  EXPECT_NE(tokenize({}, "<|endoftext|>"), "[1024]\n");
}

TEST(Gpt2runTokenize, JsonLinesGoBothWaysInOrder) {
  const std::vector<std::string> texts = {
      "ROMEO:", "", "a\nb", "\xE2\x82\xAC", std::string("NUL\0", 4), "<|endoftext|>"};
  std::string input;
  for (const std::string& text : texts) input += Json{{"text", text}, {"id", 7}}.dump() + "\n";
  const std::string ids = tokenize({"--jsonl"}, input);
  EXPECT_EQ(lines_of(ids)[0], R"({"ids":[858,25]})");
  const std::vector<std::string> back = lines_of(tokenize({"--jsonl", "--decode"}, ids));
  ASSERT_EQ(back.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(Json::parse(back[i])["text"], texts[i]);
}

TEST(Gpt2runTokenize, DecodedLinesHoldTheBytesAndReadableText) {
  const std::string ids = tokenize({}, "\xFF\xE2\x82");
  EXPECT_EQ(tokenize({"--jsonl", "--decode"}, "{\"ids\":" + lines_of(ids)[0] + "}"),
            "{\"bytes_base64\":\"/+KC\",\"text\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}\n");
}

TEST(Gpt2runTokenize, TheLastLineNeedsNoNewline) {
  EXPECT_EQ(tokenize({"--jsonl"}, R"({"text":"ROMEO:"})"), "{\"ids\":[858,25]}\n");
  EXPECT_EQ(tokenize({"--jsonl"}, "{\"text\":\"ROMEO:\"}\r\n"), "{\"ids\":[858,25]}\n");
  EXPECT_EQ(tokenize({"--jsonl"}, ""), "");
}

TEST(Gpt2runTokenize, ManyAndLongLinesStayInOrder) {
  std::string input, expected;
  for (int i = 0; i < 3000; ++i) {
    input += Json{{"text", std::string(i % 7 == 0 ? 9000 : 1, '\n')}}.dump() + "\n";
  }
  const std::vector<std::string> lines = lines_of(tokenize({"--jsonl"}, input));
  ASSERT_EQ(lines.size(), 3000u);
  for (int i = 0; i < 3000; ++i) EXPECT_EQ(lines[i].size() > 20, i % 7 == 0) << i;
}

// The good lines before it are on stdout, one line about it on stderr, with one line number.
void expect_bad_line(ProgramResult result, const std::string& out, const std::string& where) {
  EXPECT_EQ(result.out, out);
  result.out.clear();
  expect_error(result, 1, {where});
  EXPECT_EQ(result.err.find("line"), result.err.rfind("line")) << result.err;
  EXPECT_LT(result.err.size(), 200u);
}

TEST(Gpt2runTokenize, ABadLineIsReportedByNumber) {
  const std::string good = "{\"text\":\"ROMEO:\"}\n";
  for (const std::string& bad :
       {std::string("nonsense"), std::string("{\"text\":1}"), std::string("{}"), std::string("[]"),
        std::string("{\"text\":\"\xFF\"}"), std::string("{\"text\":\"\\ud800\"}"), std::string(),
        std::string("{\"text\":\"a\",\"text\":\"b\"}"), std::string(100000, '[')}) {
    SCOPED_TRACE(bad.substr(0, 30));
    expect_bad_line(run_gpt2run({"tokenize", "--jsonl"}, good + good + bad + "\n"),
                    "{\"ids\":[858,25]}\n{\"ids\":[858,25]}\n", "stdin: line 3: ");
  }
  for (const char* bad : {R"({"ids":[1025]})", R"({"ids":[-1]})", R"({"ids":[1.5]})",
                          R"({"ids":["1"]})", R"({"ids":1})", R"({"text":"a"})", "[1]",
                          R"({"ids":[18446744073709551615]})", R"({"ids":[1e300]})"}) {
    SCOPED_TRACE(bad);
    expect_bad_line(
        run_gpt2run({"tokenize", "--jsonl", "--decode"}, std::string("{\"ids\":[1]}\n") + bad),
        "{\"bytes_base64\":\"Ig==\",\"text\":\"\\\"\"}\n", "stdin: line 2: ");
  }
}

TEST(Gpt2runTokenize, IdsThatCannotBeDecodedAreCode1) {
  for (const char* bad : {"[1025]", "[-1]", "[1,2", "{}", "", "[[1]]", "[null]"}) {
    expect_error(run_gpt2run({"tokenize", "--decode"}, bad), 1, {"stdin"});
  }
}

}  // namespace
}  // namespace gpt2run
