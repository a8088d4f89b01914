#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Json = nlohmann::json;

Json run_json(std::vector<std::string> flags) {
  flags.emplace_back("--json");
  const ProgramResult result = run_gpt2run(flags);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return Json::parse(result.out);
}

TEST(Gpt2runDraft, GivesTheReferenceIdsAndReportsItsGuesses) {
  const Json references = Json::parse(read_bytes(default_model() / "reference" / "greedy.json"));
  for (const Json& reference : references) {
    const Json result = run_json({"--prompt", reference["prompt"], "-n", "80", "--draft"});
    EXPECT_EQ(result["ids"], reference["new_ids"]);
    EXPECT_EQ(result["text"], reference["new_text"]);
    const Json& draft = result["draft"];
    EXPECT_LE(draft["passes"], 79);
    for (const char* source : {"int4", "lookup"}) {
      const Json& count = draft[source];
      EXPECT_GE(count["guessed"], count["accepted"].get<int>() + count["refused"].get<int>());
    }
  }
}

TEST(Gpt2runDraft, GivesBfloat16sOwnIds) {
  const std::vector<std::string> flags = {"--prompt", "MENENIUS:", "-n", "200", "--dtype", "bf16"};
  auto drafted = flags;
  drafted.emplace_back("--draft");
  EXPECT_EQ(run_json(drafted)["ids"], run_json(flags)["ids"]);
}

TEST(Gpt2runDraft, StatsTellWhatBecameOfTheGuesses) {
  const ProgramResult plain = run_gpt2run({"--prompt", "ROMEO:", "-n", "9", "--stats"});
  EXPECT_EQ(plain.err.find("draft:"), std::string::npos);
  const ProgramResult drafted =
      run_gpt2run({"--prompt", "ROMEO:", "-n", "9", "--stats", "--draft"});
  EXPECT_EQ(drafted.out, plain.out);
  for (const char* word : {"draft:", "passes", "int4", "accepted", "looked up"}) {
    EXPECT_NE(drafted.err.find(word), std::string::npos) << drafted.err;
  }
}

TEST(Gpt2runDraft, RefusesWhatCannotBeDraftedBeforeItLoadsAModel) {
  const std::vector<std::string> flags = {"--model", "none", "--prompt", "x", "--draft"};
  const auto refuse = [&](const std::vector<std::string>& more, const std::string& word) {
    auto all = flags;
    all.insert(all.end(), more.begin(), more.end());
    expect_error(run_gpt2run(all), 2, {"--draft", word});
  };
  refuse({"--temperature", "0.8"}, "--temperature");
  refuse({"--top-k", "40"}, "--top-k");
  refuse({"--top-p", "0.9"}, "--top-p");
  refuse({"--dtype", "int8"}, "int8");
  refuse({"--dtype", "int4"}, "int4");
}

}  // namespace
}  // namespace gpt2run
