#include <gtest/gtest.h>

#include <regex>

#include "support/gpt2ckpt_program.h"

namespace gpt2run {
namespace {

TEST(Gpt2ckptFlags, HelpListsEveryCommandAndEveryExitCode) {
  const ProgramResult help = run_gpt2ckpt({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* word :
       {"Usage: gpt2ckpt", "  inspect ", "  verify ", "  diagnose ", "  map ", "  diff ",
        "  convert ", "  random ", "--version", "0  ok", "7  tokenizer", "Examples:"}) {
    EXPECT_TRUE(contains(help.out, word)) << word;
  }
}

TEST(Gpt2ckptFlags, VersionNamesTheOptionalLibraries) {
  const ProgramResult version = run_gpt2ckpt({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(std::regex_match(version.out, std::regex("gpt2ckpt [0-9.]+\nlibzip( [0-9.]+|: not .*)"
                                                       "\n")))
      << version.out;
}

TEST(Gpt2ckptFlags, WhatIsNotKnownIsAUsageError) {
  const std::vector<std::vector<std::string>> lines = {
      {}, {"frobnicate"}, {"inspect"}, {"inspect", "--frobnicate", "x"}, {"diff", "x"}};
  for (const auto& line : lines) {
    const ProgramResult result = run_gpt2ckpt(line);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(contains(result.err, "gpt2ckpt --help lists the flags")) << result.err;
  }
}

TEST(Gpt2ckptFlags, WhatIsWrittenIsToldAsJson) {
  const TemporaryFolder folder;
  const std::string npz = folder.path() / "random.npz", tf1 = folder.path() / "tf1";
  EXPECT_EQ(gpt2ckpt_json({"random", npz, "--shape", "1,2,4,8,16", "--seed", "7"}),
            nlohmann::json({{"target", npz},
                            {"target_format", "npz"},
                            {"dtype", "float32"},
                            {"seed", 7},
                            {"vocabulary", false},
                            {"verified", true}}));
  const nlohmann::json converted = gpt2ckpt_json({"convert", npz, tf1, "--to", "tf1", "--quiet"});
  EXPECT_EQ(converted["target_format"], "tf1");
  EXPECT_EQ(converted["vocabulary"], false);
  EXPECT_EQ(converted["verified"], true);
}

}  // namespace
}  // namespace gpt2run
