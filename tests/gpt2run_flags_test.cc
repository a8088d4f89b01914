#include <gtest/gtest.h>

#include <regex>

#include "base/threads.h"
#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::vector<std::string> with_prompt(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"--prompt", "ROMEO:"});
  return flags;
}

TEST(Gpt2runFlags, UnknownOnesAndStrayWordsAreUsageErrors) {
  expect_error(run_gpt2run(with_prompt({"--frobnicate"})), 2, {"--frobnicate"});
  expect_error(run_gpt2run(with_prompt({"stray"})), 2, {"stray"});
  expect_error(run_gpt2run({"--prompt"}), 2, {"--prompt"});
  expect_error(run_gpt2run({"--prompt", "a", "--prompt", "b"}), 2, {"--prompt"});
  expect_error(run_gpt2run({"tokenize", "--frobnicate"}), 2, {"--frobnicate"});
  expect_error(run_gpt2run({"tokenize", "one", "two"}), 2, {"two"});
  expect_error(run_gpt2run({"logits", "--stats"}), 2, {"--stats"});
  expect_error(run_gpt2run({"--bad\nflag"}), 2, {"--bad"});
  expect_error(run_gpt2run({"--model=", "--prompt", "a"}), 2, {"--model", "empty"});
}

TEST(Gpt2runFlags, AValueThatLooksLikeAFlagIsTheValue) {
  const std::string expected = run_gpt2run({"-n", "5"}, "--x=").out;
  EXPECT_FALSE(expected.empty());
  for (const std::vector<std::string>& prompt :
       {std::vector<std::string>{"--prompt", "--x="}, {"-p", "--x="}, {"--prompt=--x="}}) {
    auto flags = prompt;
    flags.insert(flags.end(), {"-n", "5"});
    const ProgramResult result = run_gpt2run(flags);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, expected);
  }
  EXPECT_EQ(run_gpt2run({"--prompt", "--prompt=", "-n", "5"}).out,
            run_gpt2run({"-n", "5"}, "--prompt=").out);
  expect_error(run_gpt2run({"--frobnicate=", "--prompt", "a"}), 2, {"--frobnicate"});
}

TEST(Gpt2runFlags, ValuesOutOfRangeAreUsageErrorsThatNameFlagAndValue) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> bad = {
      {"--n-tokens", {"-1", "x", "", "1.5", "2147483648", "0x10", " 1", "1e3"}},
      {"--temperature", {"-1", "nan", "-nan", "inf", "x", "", "1e39", "-0.0001"}},
      {"--top-k", {"-1", "x", "2.5", "99999999999"}},
      {"--top-p", {"0", "-0.5", "1.0001", "nan", "x", "inf"}},
      {"--seed", {"-1", "18446744073709551616", "x", "1.5", ""}},
      {"--dtype", {"f16", "F32", "q8_0", "", "float32", "int8 "}},
      {"--threads", {"0", "-1", "1025", "x", "99999999999"}},
  };
  for (const auto& [flag, values] : bad) {
    for (const std::string& value : values) {
      SCOPED_TRACE(flag + " " + value);
      expect_error(run_gpt2run(with_prompt({flag, value})), 2, {flag, "\"" + value + "\""});
    }
  }
  expect_error(run_gpt2run(with_prompt({"-n", "-5"})), 2, {"--n-tokens", "-5"});
  for (const char* tolerance : {"-1", "nan", "x"}) {
    expect_error(run_gpt2run({"logits", "--ids", "1", "--compare", "x", "--tolerance", tolerance}),
                 2, {"--tolerance", tolerance});
  }
}

TEST(Gpt2runFlags, FlagsOfACommandStandAfterItsName) {
  expect_error(run_gpt2run({"--model", "x", "tokenize"}), 2, {"--model", "tokenize"});
  expect_error(run_gpt2run({"--prompt", "x", "logits", "--ids", "1", "--output", "o"}), 2,
               {"--prompt", "logits"});
}

TEST(Gpt2runFlags, HelpListsEveryFlagAndEveryExitCode) {
  const ProgramResult help = run_gpt2run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* word :
       {"Usage: gpt2run", "--model",       "--hparams",       "--vocab",      "--threads",
        "--prompt",       "--prompt-file", "--parse-special", "--n-tokens",   "--temperature",
        "--top-k",        "--top-p",       "--seed",          "--ignore-eot", "--json",
        "--stats",        "--quiet",       "--version",       "tokenize",     "logits",
        "Exit codes:",    "0  ok",         "1  runtime",      "2  usage",     "3  not found",
        "4  corrupt",     "5  mismatch",   "6  unsupported",  "7  tokenizer", "Examples:"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(run_gpt2run({"-h"}).out, help.out);
  const ProgramResult tokenize = run_gpt2run({"tokenize", "--help"});
  EXPECT_EQ(tokenize.exit_code, 0);
  EXPECT_NE(tokenize.out.find("--jsonl"), std::string::npos);
  const ProgramResult logits = run_gpt2run({"logits", "--help"});
  EXPECT_EQ(logits.exit_code, 0);
  EXPECT_NE(logits.out.find("--tolerance"), std::string::npos);
}

TEST(Gpt2runFlags, VersionNamesTheLibrariesTheKernelsAndTheThreads) {
  const ProgramResult version =
      run_gpt2run({"--version", "--threads", "3"}, "", {"GPT2RUN_ISA=portable"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.err, "");
  EXPECT_TRUE(std::regex_match(
      version.out, std::regex("gpt2run [0-9.]+\nEigen 3[0-9.]+\nkernels portable, of this "
                              "processor's best [a-z0-9-]+\nmany rows by float32 weights: .+\n"
                              "libzip( [0-9.]+|: not .*)\nthreads 3\n")))
      << version.out;
}

TEST(Gpt2runFlags, AModelThatIsNotThereIsCode3) {
  const TemporaryFolder folder;
  const std::string none = folder.path() / "none";
  expect_error(run_gpt2run({"--model", none, "--prompt", "x"}), 3, {none});
  expect_error(
      run_gpt2run({"logits", "--model", none, "--ids", "1", "--output", folder.path() / "o.npy"}),
      3, {none});
  expect_error(run_gpt2run({"tokenize", "--model", none}), 3, {none});
  expect_error(run_gpt2run({"--prompt-file", none}), 3, {none});
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace gpt2run
