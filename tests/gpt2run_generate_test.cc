#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "support/gpt2run_program.h"
#include "support/padded_model.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Json = nlohmann::json;

Json greedy_references() {
  return Json::parse(read_bytes(default_model() / "reference" / "greedy.json"));
}

Json run_json(std::vector<std::string> flags) {
  flags.emplace_back("--json");
  const ProgramResult result = run_gpt2run(flags);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return Json::parse(result.out);
}

std::string run_text(const std::vector<std::string>& flags, const std::string& input = "") {
  const ProgramResult result = run_gpt2run(flags, input);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

TEST(Gpt2runGenerate, ContinuesTheReferencePromptsWithTheReferenceIds) {
  const Json references = greedy_references();
  ASSERT_EQ(references.size(), 4u);
  for (const Json& reference : references) {
    const Json result = run_json({"--prompt", reference["prompt"], "-n", "80"});
    EXPECT_EQ(result["prompt_ids"], reference["ids"]);
    EXPECT_EQ(result["ids"], reference["new_ids"]);
    EXPECT_EQ(result["text"], reference["new_text"]);
    EXPECT_EQ(result["finish_reason"], "length");
  }
}

// At this temperature every id is about as likely as any other.
TEST(Gpt2runGenerate, NeverDrawsARowOfAPaddedModelThatHasNoToken) {
  const TemporaryFolder folder;
  write_padded_model(folder.path());
  for (int seed = 0; seed < 10; ++seed) {
    const Json result = run_json({"--model", folder.path(), "--prompt", "!", "-n", "60",
                                  "--temperature", "1000", "--seed", std::to_string(seed)});
    EXPECT_EQ(result["ids"].size(), 60u);
    for (const int id : result["ids"]) EXPECT_LT(id, kPaddedModelTokens);
  }
}

TEST(Gpt2runGenerate, JsonHoldsSixMembersAndTheTimings) {
  const Json result = run_json({"--prompt", "ROMEO:", "-n", "5"});
  EXPECT_EQ(result.size(), 6u);
  EXPECT_EQ(result["ids"].size(), 5u);
  EXPECT_EQ(result["weights"]["dtype"], "f32");
  for (const char* name :
       {"load_seconds", "prefill_seconds", "first_token_seconds", "decode_seconds",
        "prefill_tokens_per_second", "decode_tokens_per_second"}) {
    EXPECT_TRUE(result["timings"][name].is_number()) << name;
  }
}

TEST(Gpt2runGenerate, WritesFortyTokensUnlessToldOtherwise) {
  const Json reference = greedy_references()[0];
  EXPECT_EQ(run_json({"--prompt", "ROMEO:"})["ids"].size(), 40u);
  const std::string text = run_text({"--prompt", "ROMEO:"});
  EXPECT_TRUE(reference["new_text"].get<std::string>().starts_with(text));
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "-n", "80"}), reference["new_text"]);
}

TEST(Gpt2runGenerate, NoTokensPrintNothing) {
  const ProgramResult result = run_gpt2run({"--prompt", "ROMEO:", "-n", "0"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_EQ(run_json({"--prompt", "ROMEO:", "-n", "0"})["ids"], Json::array());
}

TEST(Gpt2runGenerate, TakesThePromptFromFlagThenFileThenStdin) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "prompt.txt";
  write_bytes(file, "ROMEO:");
  const std::string expected = run_text({"--prompt", "ROMEO:"});
  EXPECT_EQ(run_text({"--prompt-file", file}, "JULIET:"), expected);
  EXPECT_EQ(run_text({}, "ROMEO:"), expected);
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "--prompt-file", folder.path() / "none"}), expected);
  EXPECT_NE(run_text({}, "JULIET:"), expected);
}

TEST(Gpt2runGenerate, DoesNotReadStdinWhereAPromptIsGiven) {
  const ProgramResult result =
      run_gpt2run_in_shell("{ echo left; } | { \"$0\" --prompt ROMEO: -n 1 > /dev/null; cat; }");
  EXPECT_EQ(result.out, "left\n");
}

TEST(Gpt2runGenerate, AnEmptyPromptSaysHowToStartFromNothing) {
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--prompt", ""}, {"--prompt="}, {}}) {
    expect_error(run_gpt2run(flags), 2, {"empty", "<|endoftext|>", "--parse-special"});
  }
  const Json result = run_json({"--prompt", "<|endoftext|>", "--parse-special", "-n", "3"});
  EXPECT_EQ(result["prompt_ids"], Json({1024}));
  EXPECT_GT(run_json({"--prompt", "<|endoftext|>", "-n", "3"})["prompt_ids"].size(), 1u);
}

TEST(Gpt2runGenerate, APromptLongerThanTheContextSaysBothLengths) {
  // A newline is one token, and two of them are two.
  const auto newlines = [](size_t n) { return std::string(n, '\n'); };
  const size_t n_tokens = Json::parse(run_text({"tokenize"}, newlines(300))).size();
  expect_error(run_gpt2run({}, newlines(300)), 1, {"256", std::to_string(n_tokens)});
  expect_error(run_gpt2run({}, std::string(1000000, 'a')), 1, {"256", "tokens"});
  expect_error(run_gpt2run({}, newlines(1000000)), 1, {"256", "tokens"});
}

TEST(Gpt2runGenerate, APromptThatFillsTheContextIsNoErrorAndOneTokenMoreIs) {
  std::string prompt;
  for (int i = 0; i < 128; ++i) prompt += "ROMEO:";  // 2 tokens each
  const Json result = run_json({"--prompt", prompt});
  EXPECT_EQ(result["prompt_ids"].size(), 256u);
  EXPECT_EQ(result["ids"], Json::array());
  EXPECT_EQ(result["finish_reason"], "context");
  expect_error(run_gpt2run({"--prompt", ":" + prompt}), 1, {"256", "257"});
}

TEST(Gpt2runGenerate, AHugePromptFileIsRefusedWithoutReadingAllOfIt) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "huge.txt";
  write_bytes(file, "ROMEO:");
  std::filesystem::resize_file(file, size_t{1} << 30);  // NUL bytes, no disk taken
  expect_error(run_gpt2run({"--prompt-file", file}), 1, {"at least", "256"});
  expect_error(run_gpt2run({"--prompt-file", "/dev/zero"}), 1, {"at least", "256"});
  expect_error(run_gpt2run({"--prompt-file", folder.path()}), 1, {folder.path().string()});
}

TEST(Gpt2runGenerate, TakesAnyBytesAsAPrompt) {
  for (const std::string& prompt :
       {std::string("a\0b", 3), std::string("\x80\xBF\xFF"), std::string("\xC0\xAF\xED\xA0\x80"),
        std::string("\xF0\x9F\x98"), std::string("\0", 1)}) {
    const ProgramResult result = run_gpt2run({"--json", "-n", "3"}, prompt);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json json = Json::parse(result.out);
    EXPECT_EQ(json["ids"].size(), 3u);
    EXPECT_EQ(run_text({"tokenize", "--decode"}, json["prompt_ids"].dump()), prompt);
  }
}

TEST(Gpt2runGenerate, TheContextsEndEndsTheText) {
  const Json result = run_json({"--prompt", "ROMEO:", "-n", "1000", "--ignore-eot"});
  EXPECT_EQ(result["finish_reason"], "context");
  EXPECT_EQ(result["prompt_ids"].size() + result["ids"].size(), 256u);
}

TEST(Gpt2runGenerate, EotEndsTheTextUnlessIgnored) {
  // A model that knows no text: its vocabulary puts <|endoftext|> where the first greedy id is.
  const Json reference = greedy_references()[0];
  const int first = reference["new_ids"][0];
  Json encoder = Json::parse(read_bytes(default_model() / "encoder.json"));
  std::string token_of_first;
  for (const auto& [token, id] : encoder.items()) {
    if (id == first) token_of_first = token;
  }
  std::swap(encoder[token_of_first], encoder["<|endoftext|>"]);
  const TemporaryFolder folder;
  write_bytes(folder.path() / "encoder.json", encoder.dump());
  std::filesystem::copy(default_model() / "vocab.bpe", folder.path() / "vocab.bpe");

  const std::vector<std::string> flags = {"--vocab", folder.path(), "--prompt", "ROMEO:"};
  Json result = run_json(flags);
  EXPECT_EQ(result["finish_reason"], "eot");
  EXPECT_EQ(result["ids"], Json::array());
  EXPECT_EQ(result["text"], "");
  auto ignoring = flags;
  ignoring.emplace_back("--ignore-eot");
  result = run_json(ignoring);
  EXPECT_EQ(result["finish_reason"], "length");
  EXPECT_EQ(result["ids"][0], first);
}

TEST(Gpt2runGenerate, TheSameSeedGivesTheSameText) {
  const std::vector<std::string> flags = {"--prompt", "ROMEO:",  "--temperature", "0.9",
                                          "--top-k",  "40",      "--top-p",       "0.95",
                                          "--seed",   "12345678"};
  const ProgramResult result = run_gpt2run(flags);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(run_text(flags), result.out);
  auto others = flags;
  others.back() = "18446744073709551615";
  EXPECT_NE(run_text(others), result.out);
}

TEST(Gpt2runGenerate, PrintsTheSeedItDrewOnlyWhereItSamples) {
  const std::vector<std::string> flags = {"--prompt", "ROMEO:", "--temperature", "1"};
  const ProgramResult result = run_gpt2run(flags);
  ASSERT_TRUE(result.err.starts_with("gpt2run: seed ")) << result.err;
  auto again = flags;
  again.insert(again.end(), {"--seed", result.err.substr(14, result.err.size() - 15)});
  EXPECT_EQ(run_text(again), result.out);
  auto quiet = flags;
  quiet.emplace_back("--quiet");
  EXPECT_EQ(run_gpt2run(quiet).err, "");
  EXPECT_EQ(run_gpt2run({"--prompt", "ROMEO:"}).err, "");
  EXPECT_EQ(run_gpt2run({"--prompt", "ROMEO:", "--temperature", "0", "--top-k", "5"}).err, "");
  EXPECT_NE(run_gpt2run({"--prompt", "ROMEO:", "--top-k", "5"}).err, "");
}

TEST(Gpt2runGenerate, OneCandidateIsGreedyAndManyAreNoError) {
  const std::string greedy = run_text({"--prompt", "ROMEO:"});
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "--temperature", "5", "--top-k", "1"}), greedy);
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "--temperature", "1", "--top-p", "1e-9"}), greedy);
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "--temperature", "1e-40", "--top-k", "2147483647"}),
            greedy);
}

TEST(Gpt2runGenerate, StreamedTextIsTheJsonText) {
  // A temperature that makes broken UTF-8 likely: every byte is a token.
  for (const char* seed : {"1", "2", "3"}) {
    const std::vector<std::string> flags = {
        "--prompt", "\xE2\x82\xAC", "--temperature", "9", "--seed", seed, "-n", "200"};
    const std::string text = run_text(flags);
    EXPECT_EQ(run_json(flags)["text"], text);
    EXPECT_EQ(utf8_replace_invalid(text), text);
  }
}

TEST(Gpt2runGenerate, TheNumberOfThreadsDoesNotChangeTheText) {
  EXPECT_EQ(run_text({"--prompt", "ROMEO:", "--threads", "1"}),
            run_text({"--prompt", "ROMEO:", "--threads", "3"}));
}

TEST(Gpt2runGenerate, StatsGoToStderr) {
  const ProgramResult result = run_gpt2run({"--prompt", "ROMEO:", "-n", "200", "--stats", "-q"});
  EXPECT_EQ(result.out, run_text({"--prompt", "ROMEO:", "-n", "200"}));
  for (const char* name : {"load:", "tensors", "skipped 0", "prefill:", "tok/s",
                           "first token:", "decode:", "peak memory:"}) {
    EXPECT_NE(result.err.find(name), std::string::npos) << name;
  }
}

TEST(Gpt2runGenerate, StatsCountSkippedTensors) {
  const ProgramResult result = run_gpt2run({"--model", test_data("fixtures/tf1_finetuned"),
                                            "--prompt", "a", "-n", "1", "--stats", "--quiet"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("28 tensors"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("skipped 61 tensors"), std::string::npos) << result.err;
}

TEST(Gpt2runGenerate, NoticesGoToStderrUnlessQuiet) {
  // Its state file points to another machine's folder.
  const std::vector<std::string> flags = {
      "--model", test_data("fixtures/tf1_finetuned"), "--prompt", "a", "-n", "0"};
  EXPECT_NE(run_gpt2run(flags).err, "");
  auto quiet = flags;
  quiet.emplace_back("--quiet");
  EXPECT_EQ(run_gpt2run(quiet).err, "");
}

TEST(Gpt2runGenerate, AVocabularyOfAnotherModelIsAMismatch) {
  expect_error(run_gpt2run({"--model", test_data("fixtures/tf1"), "--vocab", default_model(),
                            "--prompt", "ROMEO:"}),
               5, {"vocabulary", "400", "1025", "--vocab"});
}

TEST(Gpt2runGenerate, ASmallerVocabularyDrawsOnlyIdsItKnows) {
  const ProgramResult result =
      run_gpt2run({"--vocab", test_data("fixtures/tf1"), "--prompt", "ROMEO:", "--json",
                   "--temperature", "9", "--seed", "1", "-n", "200", "--ignore-eot"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json ids = Json::parse(result.out)["ids"];
  EXPECT_EQ(ids.size(), 200u);
  for (const int id : ids) EXPECT_LT(id, 400);
}

TEST(Gpt2runGenerate, EachKindOfBrokenModelHasItsCode) {
  const std::pair<const char*, int> kinds[] = {{"fixtures/bad/data_bitflip_wte", 4},
                                               {"fixtures/bad/c_attn_transposed", 5},
                                               {"fixtures/bad/hf_other_model", 6},
                                               {"fixtures/gguf", 2}};
  for (const auto& [name, code] : kinds) {
    const ProgramResult result = run_gpt2run({"--model", test_data(name), "--prompt", "a"});
    EXPECT_EQ(result.exit_code, code) << name << ": " << result.err;
    EXPECT_EQ(result.out, "");
  }
  const TemporaryFolder folder;
  std::filesystem::copy(default_model() / "encoder.json", folder.path() / "encoder.json");
  const std::vector<std::string> flags = {"--prompt", "a", "--vocab", folder.path()};
  expect_error(run_gpt2run(flags), 3,
               {"vocab.bpe: not found; here: encoder.json; missing: ", "--vocab DIR"});
  write_bytes(folder.path() / "vocab.bpe", "#version: 0.2\na b c\n");
  expect_error(run_gpt2run(flags), 7, {"vocab.bpe"});
}

}  // namespace
}  // namespace gpt2run
