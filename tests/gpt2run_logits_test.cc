#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/npy.h"
#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::string reference(const std::string& name) {
  return default_model() / "reference" / name;
}

std::string packed(const std::vector<int64_t>& values) {
  std::string bytes(values.size() * sizeof(int64_t), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(Gpt2runLogits, AreTheReferencesWithinATenThousandth) {
  for (const char* k : {"0", "1", "2", "3"}) {
    const ProgramResult result = run_gpt2run(
        {"logits", "--ids-file", reference(std::string("ids_") + k + ".npy"), "--compare",
         reference(std::string("logits_") + k + ".npy"), "--tolerance", "1e-4"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(result.out.starts_with("largest difference ")) << result.out;
  }
}

TEST(Gpt2runLogits, WritesAnArrayThatIsTheSameForTextAndIds) {
  const TemporaryFolder folder;
  const std::string of_text = folder.path() / "text.npy", of_ids = folder.path() / "ids.npy";
  const ProgramResult result = run_gpt2run({"logits", "--prompt", "ROMEO:", "--output", of_text});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_EQ(run_gpt2run({"logits", "--ids", "858, 25", "-o", of_ids}).exit_code, 0);
  EXPECT_EQ(read_bytes(of_text), read_bytes(of_ids));
  const NpyArray array = read_npy(of_text);
  EXPECT_EQ(array.dtype, "<f4");
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 1025}));
  const NpyArray expected = read_npy(reference("logits_0.npy"));
  ASSERT_EQ(expected.shape, array.shape);
  for (size_t i = 0; i < array.data.size(); i += 4) {
    float a, b;
    std::memcpy(&a, array.data.data() + i, 4);
    std::memcpy(&b, expected.data.data() + i, 4);
    ASSERT_NEAR(a, b, 1e-4);
  }
}

TEST(Gpt2runLogits, TakesInt32AndInt64Ids) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "ids.npy";
  const std::vector<std::string> flags = {"logits", "--ids-file", file, "--compare",
                                          reference("logits_0.npy")};
  write_bytes(file, npy_header("<i8", {2}) + packed({858, 25}));
  EXPECT_EQ(run_gpt2run(flags).exit_code, 0);
  write_bytes(file, npy_header("<i4", {2}) + packed({858 + (int64_t{25} << 32)}));
  EXPECT_EQ(run_gpt2run(flags).exit_code, 0);
}

TEST(Gpt2runLogits, RefusesIdsFilesThatHoldNoIds) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "ids.npy";
  const std::vector<std::string> flags = {"logits", "--ids-file", file, "--output",
                                          folder.path() / "out.npy"};
  expect_error(run_gpt2run(flags), 3, {file});
  for (const std::string& bad :
       {npy_header("<f4", {2}) + std::string(8, '\0'), npy_header("<i8", {1, 1}) + packed({1}),
        npy_header("<i8", {0}), npy_header("<i8", {1}) + packed({-1}),
        npy_header("<i8", {1}) + packed({int64_t{1} << 32}), npy_header("<i8", {}) + packed({1}),
        std::string("not an array"), npy_header("<i8", {9}) + packed({1})}) {
    write_bytes(file, bad);
    expect_error(run_gpt2run(flags), 5, {file});
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out.npy"));
}

TEST(Gpt2runLogits, IdsThatTheModelDoesNotHaveAreCode1AndNoNumbersCode2) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out.npy";
  expect_error(run_gpt2run({"logits", "--ids", "1,1025", "--output", out}), 1, {"1025", "1024"});
  std::string many = "1";
  for (int i = 0; i < 256; ++i) many += ",1";
  expect_error(run_gpt2run({"logits", "--ids", many, "--output", out}), 1, {"256", "257"});
  for (const char* bad : {"", "x", "1,", ",1", "1,,2", "-1", "1.5", "1 2", "2147483648", "0x1"}) {
    expect_error(run_gpt2run({"logits", "--ids", bad, "--output", out}), 2, {"--ids"});
  }
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Gpt2runLogits, NeedsOneInputAndAnOutput) {
  expect_error(run_gpt2run({"logits", "--output", "o.npy"}), 2, {"--ids-file"});
  expect_error(run_gpt2run({"logits", "--ids", "1", "--prompt", "a", "--output", "o.npy"}), 2,
               {"exactly one"});
  expect_error(run_gpt2run({"logits", "--ids", "1"}), 2, {"--output"});
  expect_error(run_gpt2run({"logits", "--prompt", "", "--output", "o.npy"}), 2, {"empty"});
}

TEST(Gpt2runLogits, SaysTheLargestDifferenceAndWhereItIs) {
  const TemporaryFolder folder;
  const std::string changed = folder.path() / "changed.npy";
  std::string bytes = read_bytes(reference("logits_0.npy"));
  const size_t at = bytes.size() - 2 * 1025 * 4 + (1025 + 7) * 4;  // [1, 7]
  float value;
  std::memcpy(&value, bytes.data() + at, 4);
  value += 0.5f;
  std::memcpy(bytes.data() + at, &value, 4);
  write_bytes(changed, bytes);
  const std::vector<std::string> flags = {"logits", "--ids", "858,25", "--compare", changed};
  const ProgramResult result = run_gpt2run(flags);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.out.starts_with("largest difference 0.5 at [1, 7]: found ")) << result.out;
  EXPECT_NE(result.err.find(changed), std::string::npos);
  EXPECT_NE(result.err.find("tolerance 0.0001"), std::string::npos);
  auto tolerant = flags;
  tolerant.insert(tolerant.end(), {"--tolerance", "0.6"});
  EXPECT_EQ(run_gpt2run(tolerant).exit_code, 0);

  const float nan = std::nanf("");
  std::memcpy(bytes.data() + at, &nan, 4);
  write_bytes(changed, bytes);
  auto generous = flags;
  generous.insert(generous.end(), {"--tolerance", "1e30"});
  const ProgramResult with_nan = run_gpt2run(generous);
  EXPECT_EQ(with_nan.exit_code, 1);
  EXPECT_NE(with_nan.out.find("[1, 7]"), std::string::npos);
}

TEST(Gpt2runLogits, AReferenceOfAnotherShapeFailsTheComparison) {
  expect_error(run_gpt2run({"logits", "--ids", "858,25,1", "--compare", reference("logits_0.npy")}),
               1, {"logits_0.npy", "[3, 1025]", "[2, 1025]"});
  expect_error(run_gpt2run({"logits", "--ids", "858,25", "--compare", reference("ids_0.npy")}), 5,
               {"ids_0.npy", "<i8"});
  expect_error(run_gpt2run({"logits", "--ids", "858,25", "--compare", reference("none.npy")}), 3,
               {"none.npy"});
}

TEST(Gpt2runLogits, ABadReferenceIsReportedBeforeTheOutputIsWritten) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out.npy";
  for (const char* bad : {"none.npy", "ids_0.npy", "logits_1.npy"}) {
    const ProgramResult result =
        run_gpt2run({"logits", "--ids", "858,25", "--output", out, "--compare", reference(bad)});
    EXPECT_NE(result.exit_code, 0) << bad;
    EXPECT_FALSE(std::filesystem::exists(out)) << bad;
  }
}

TEST(Gpt2runLogits, TheSameFileAsOutputAndReferenceIsAUsageError) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "logits.npy", link = folder.path() / "link.npy";
  std::filesystem::copy(reference("logits_0.npy"), file);
  std::filesystem::create_symlink("logits.npy", link);
  const std::string before = read_bytes(file);
  for (const std::string& other : {file, link}) {
    expect_error(run_gpt2run({"logits", "--ids", "858,25", "--output", other, "--compare", file}),
                 2, {"--output", "--compare", "the same"});
  }
  EXPECT_EQ(read_bytes(file), before);
}

TEST(Gpt2runLogits, ALongDtypeIsCutInMessages) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "long.npy";
  write_bytes(file, npy_header("<\n" + std::string(3000, '0'), {1}));
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--ids-file", file, "-o", folder.path() / "out.npy"},
        {"--ids", "1", "--compare", file}}) {
    std::vector<std::string> command = {"logits"};
    command.insert(command.end(), flags.begin(), flags.end());
    const ProgramResult result = run_gpt2run(command);
    expect_error(result, 5, {file, "<\\x0a000", "bytes"});
    EXPECT_LT(result.err.size(), 500u);
  }
}

TEST(Gpt2runLogits, WithIdsNoVocabularyIsOpened) {
  const TemporaryFolder folder;
  expect_error(run_gpt2run({"logits", "--vocab", folder.path(), "--prompt", "ROMEO:", "--compare",
                            reference("logits_0.npy")}),
               3, {"encoder.json"});
  const ProgramResult result = run_gpt2run({"logits", "--vocab", folder.path(), "--ids", "858,25",
                                            "--compare", reference("logits_0.npy")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(Gpt2runLogits, TheToyCheckpointRunsOnIdsAndItsVocabularyIsDamaged) {
  const auto toy = large_test_data("toy_checkpoint");
  GPT2RUN_NEEDS(toy);
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out.npy";
  const ProgramResult result =
      run_gpt2run({"logits", "--model", toy, "--ids", "1,2,355", "--output", out});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const NpyArray array = read_npy(out);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{3, 356}));
  for (size_t i = 0; i < array.data.size(); i += 4) {
    float value;
    std::memcpy(&value, array.data.data() + i, 4);
    ASSERT_TRUE(std::isfinite(value));
  }
  expect_error(run_gpt2run({"logits", "--model", toy, "--prompt", "give me", "--output", out}), 7,
               {toy.string()});
  expect_error(run_gpt2run({"--model", toy, "--prompt", "give me"}), 7, {toy.string()});
}

}  // namespace
}  // namespace gpt2run
