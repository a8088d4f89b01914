// --dtype through the built program.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

nlohmann::json run_json(const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {"--json", "--prompt", "ROMEO:", "-n", "8", "--quiet"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const ProgramResult result = run_gpt2run(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

// Of the default model's 11.66 MB in float32.
TEST(Gpt2runDtype, JsonSaysTheTypeAndWhatTheWeightsTake) {
  const std::map<std::string, std::pair<int, int>> sizes = {{"f32", {11'600'000, 11'900'000}},
                                                            {"bf16", {5'900'000, 6'100'000}},
                                                            {"int8", {3'200'000, 3'500'000}},
                                                            {"int4", {1'800'000, 2'100'000}}};
  for (const auto& [dtype, range] : sizes) {
    const nlohmann::json weights = run_json({"--dtype", dtype})["weights"];
    EXPECT_EQ(weights["dtype"], dtype);
    EXPECT_GE(weights["bytes"], range.first) << dtype;
    EXPECT_LE(weights["bytes"], range.second) << dtype;
  }
}

TEST(Gpt2runDtype, IsF32UnlessItIsGiven) {
  const nlohmann::json by_default = run_json({}), f32 = run_json({"--dtype", "f32"});
  EXPECT_EQ(by_default["weights"], f32["weights"]);
  EXPECT_EQ(by_default["text"], f32["text"]);
}

TEST(Gpt2runDtype, StatsSayItToo) {
  const ProgramResult result =
      run_gpt2run({"--prompt", "a", "-n", "1", "--stats", "--dtype", "int8", "-q"});
  EXPECT_NE(result.err.find("; as int8 3."), std::string::npos) << result.err;
}

TEST(Gpt2runDtype, LogitsOfARoundedModelAreNearTheExactOnes) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "exact.npy").string();
  ASSERT_EQ(run_gpt2run({"logits", "--ids", "858,25", "-o", file}).exit_code, 0);
  const auto compare = [&](const std::string& dtype, const std::string& tolerance) {
    return run_gpt2run({"logits", "--ids", "858,25", "--compare", file, "--tolerance", tolerance,
                        "--dtype", dtype})
        .exit_code;
  };
  EXPECT_EQ(compare("f32", "0"), 0);
  EXPECT_EQ(compare("bf16", "0"), 1);
  EXPECT_EQ(compare("bf16", "0.2"), 0);
  EXPECT_EQ(compare("int8", "0.5"), 0);
}

// A vocabulary that is damaged ends the reading of weights, and is what is reported.
TEST(Gpt2runDtype, ADamagedVocabularyIsReportedThoughTheWeightsAreReadBesideIt) {
  const TemporaryFolder folder;
  std::filesystem::copy(default_model(), folder.path());
  write_bytes(folder.path() / "encoder.json", "{");
  const ProgramResult result =
      run_gpt2run({"--model", folder.path().string(), "--prompt", "a", "--threads", "2"});
  expect_error(result, 7, {"encoder.json"});
}

}  // namespace
}  // namespace gpt2run
