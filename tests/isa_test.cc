#include "engine/kernels/isa.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>
#include <stdexcept>
#include <string>

#include "support/each_isa.h"
#include "support/gpt2run_program.h"
#include "support/own_isa_variable.h"

namespace gpt2run {
namespace {

class IsaVariable : public testing::Test {
 protected:
  static constexpr const char* kName = OwnIsaVariable::kName;
  const OwnIsaVariable own_;
};

TEST_F(IsaVariable, NamesTheInstructionSet) {
  for (const Isa isa : isas_here()) {
    ::setenv(kName, isa_name(isa), 1);
    EXPECT_EQ(chosen_isa(), isa);
  }
}

TEST_F(IsaVariable, MeansTheBestIfItIsEmptyOrNotSet) {
  ::setenv(kName, "", 1);
  EXPECT_EQ(chosen_isa(), best_isa());
  ::unsetenv(kName);
  EXPECT_EQ(chosen_isa(), best_isa());
}

TEST_F(IsaVariable, IsRefusedWithAListIfItNamesNone) {
  for (const char* name : {"sse9", "AVX2", "avx2 ", "portable,avx2"}) {
    ::setenv(kName, name, 1);
    try {
      chosen_isa();
      ADD_FAILURE() << name;
    } catch (const std::invalid_argument& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(kName), std::string::npos);
      EXPECT_NE(text.find(name), std::string::npos);
      for (const Isa isa : isas_here()) EXPECT_NE(text.find(isa_name(isa)), std::string::npos);
    }
  }
}

TEST(Isa, EachHasANameOfItsOwnAndItsOwnKernels) {
  std::set<std::string> names;
  for (const Isa isa : isas_here()) {
    EXPECT_TRUE(names.insert(isa_name(isa)).second);
    EXPECT_EQ(kernels_of(isa).isa, isa);
    const WithIsa with(isa);
    EXPECT_EQ(&kernels(), &kernels_of(isa));
  }
  EXPECT_EQ(isas_here().front(), Isa::kPortable);
  EXPECT_EQ(isas_here().back(), best_isa());
}

std::vector<std::string> variable(const std::string& value) {
  return {"GPT2RUN_ISA=" + value};
}

TEST(IsaOfGpt2run, IsNamedByVersion) {
  for (const Isa isa : isas_here()) {
    const ProgramResult result = run_gpt2run({"--version"}, "", variable(isa_name(isa)));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("\nkernels " + std::string(isa_name(isa)) + ","), std::string::npos)
        << result.out;
  }
}

TEST(IsaOfGpt2run, GivesTheSameGreedyText) {
  const std::vector<std::string> command = {"--prompt", "ROMEO:", "-n", "12"};
  const std::string expected = run_gpt2run(command, "", variable("portable")).out;
  EXPECT_GT(expected.size(), 12u);
  for (const Isa isa : isas_here()) {
    EXPECT_EQ(run_gpt2run(command, "", variable(isa_name(isa))).out, expected) << isa_name(isa);
  }
}

TEST(IsaOfGpt2run, IsAUsageErrorIfItIsNotHere) {
  const std::vector<std::string> words = {"GPT2RUN_ISA", "portable", "sse9"};
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"--prompt", "a"},
        {"logits", "--prompt", "a", "--output", "/dev/null"},
        {"--version"}}) {
    expect_error(run_gpt2run(command, "", variable("sse9")), 2, words);
  }
  expect_error(run_gpt2run({"--version"}, "", variable("sse9\nx")), 2, words);
}

// What computes nothing does not need it.
TEST(IsaOfGpt2run, DoesNotMatterToTheRest) {
  EXPECT_EQ(run_gpt2run({"--help"}, "", variable("sse9")).exit_code, 0);
  EXPECT_EQ(run_gpt2run({"tokenize"}, "a", variable("sse9")).exit_code, 0);
}

}  // namespace
}  // namespace gpt2run
