#include "tools/input_stream.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  InputStream stream(path);
  LineReader reader(stream, [] {});
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    lines.emplace_back(line);
    EXPECT_EQ(reader.line_number(), lines.size());
  }
  return lines;
}

TEST(InputStream, ReadsUpToALimit) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "file", "0123456789");
  EXPECT_EQ(InputStream(folder.path() / "file").read_up_to(4), "0123");
  EXPECT_EQ(InputStream(folder.path() / "file").read_up_to(100), "0123456789");
  EXPECT_EQ(InputStream("/dev/zero").read_up_to(1000000), std::string(1000000, '\0'));
  EXPECT_EQ(InputStream("/dev/null").read_up_to(10), "");
}

TEST(InputStream, DoesNotWaitForAFifoThatNobodyWritesTo) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(InputStream(folder.path() / "fifo").read_up_to(10), "");
}

TEST(InputStream, SaysWhatIsMissingOrCannotBeRead) {
  const TemporaryFolder folder;
  try {
    InputStream stream(folder.path() / "none");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  }
  try {
    InputStream(folder.path()).read_up_to(10);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
  }
}

TEST(LineReader, GivesEveryLineWithOrWithoutALastNewline) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lines";
  const std::string longest(700000, 'x');  // more than is read at a time
  write_bytes(path, "a\n\n" + longest + "\nb\n");
  EXPECT_EQ(lines_of(path), (std::vector<std::string>{"a", "", longest, "b"}));
  write_bytes(path, "a\nb");
  EXPECT_EQ(lines_of(path), (std::vector<std::string>{"a", "b"}));
  write_bytes(path, "\n");
  EXPECT_EQ(lines_of(path), (std::vector<std::string>{""}));
  write_bytes(path, "");
  EXPECT_TRUE(lines_of(path).empty());
}

}  // namespace
}  // namespace gpt2run
