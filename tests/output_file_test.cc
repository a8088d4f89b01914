#include "base/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/output_calls.h"
#include "support/expect_error.h"
#include "support/output_steps.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

// Bytes in which every piece differs from the others.
std::string counting_bytes(size_t n) {
  std::string bytes(n, '\0');
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251 + i / 65537);
  return bytes;
}

TEST(OutputFile, WritesSmallAndLargePiecesInTheirOrder) {
  const TemporaryFolder folder;
  const std::string bytes = counting_bytes((size_t{11} << 20) + 17);
  const size_t sizes[] = {1, 0, 1000, size_t{1} << 20, 3, (size_t{9} << 20) - 1, 70000};
  OutputFile file(folder.path() / "out", bytes.size());
  size_t done = 0;
  for (size_t i = 0; done < bytes.size(); ++i) {
    const size_t n = std::min(sizes[i % 7], bytes.size() - done);
    file.write(std::string_view(bytes).substr(done, n));
    done += n;
    ASSERT_EQ(file.n_written(), done);
  }
  file.finish();
  EXPECT_TRUE(read_bytes(folder.path() / "out") == bytes);
}

TEST(OutputFile, ShowsAllThatIsWrittenInOrder) {
  const TemporaryFolder folder;
  const std::string bytes = counting_bytes(5 << 20);
  std::string seen;
  OutputFile file(folder.path() / "out");
  file.write("unseen");
  file.watch([&](std::string_view piece) { seen += piece; });
  file.write(std::string_view(bytes).substr(0, 100));
  file.write(std::string_view(bytes).substr(100));
  file.finish();
  EXPECT_TRUE(seen == bytes);
}

TEST(OutputFile, WritesOverWhatWasWrittenBefore) {
  const TemporaryFolder folder;
  std::string bytes = counting_bytes(5 << 20);
  OutputFile file(folder.path() / "out");
  file.write(std::string_view(bytes).substr(0, 4 << 20));
  file.write_at(8, "length");
  file.write(std::string_view(bytes).substr(4 << 20));
  file.write_at(bytes.size() - 3, "end");
  file.finish();
  bytes.replace(8, 6, "length");
  bytes.replace(bytes.size() - 3, 3, "end");
  EXPECT_TRUE(read_bytes(folder.path() / "out") == bytes);
}

TEST(OutputFile, IsAsLongAsWhatWasWrittenAndNotAsWhatWasReserved) {
  const TemporaryFolder folder;
  for (const uint64_t n_reserved : {uint64_t{0}, uint64_t{2}, uint64_t{100000}}) {
    OutputFile file(folder.path() / "out", n_reserved);
    file.write("text");
    file.finish();
    EXPECT_EQ(read_bytes(folder.path() / "out"), "text");
  }
}

TEST(OutputFile, TakesTheSpaceBeforeAnythingIsWritten) {
  const TemporaryFolder folder;
  const OutputFile file(folder.path() / "out", 1 << 20);
  struct stat status;
  ASSERT_EQ(::stat((folder.path() / "out").c_str(), &status), 0);
  if (status.st_blocks == 0) GTEST_SKIP() << "this file system reserves no space";
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
}

TEST(OutputFile, SaysWhichCallFailedAndWhy) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "out").string();
  const std::string bytes = counting_bytes(1 << 20);
  const auto write = [&] {
    OutputFile file(path, bytes.size());
    file.write(bytes);
    file.finish();
  };
  int step = 0;
  for (const char* text : {"cannot be written", "expected room for 1048576 bytes",
                           "cannot be written", "cannot be flushed to disk"}) {
    expect_error(ErrorKind::kRuntime, {path + ": ", text, "No space left on device"},
                 [&] { fails_at(step, ENOSPC, write); });
    ++step;
  }
  EXPECT_FALSE(fails_at(step, ENOSPC, write));
}

TEST(OutputFile, IsWrittenWhereTheSystemInterruptsIt) {
  const TemporaryFolder folder;
  EXPECT_TRUE(fails_at(2, EINTR, [&] { write_small_file(folder.path() / "out", "text"); }));
  EXPECT_EQ(read_bytes(folder.path() / "out"), "text");
}

// The system would kill the process (SIGXFSZ) that writes beyond its limit.
TEST(OutputFile, MeetsALimitOfFileSizesWithAnError) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "out";
  const std::string bytes = counting_bytes(70000);
  for (const uint64_t n_reserved : {uint64_t{0}, uint64_t{bytes.size()}}) {
    const std::string message = error_with_limit(65536, [&] {
      OutputFile file(path, n_reserved);
      file.write(bytes);
      file.finish();
    });
    EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  }
  EXPECT_EQ(error_with_limit(70000, [&] { write_small_file(path, bytes); }), "");
}

TEST(OutputFile, FollowsNoLink) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "mine", "mine");
  std::filesystem::create_symlink("mine", folder.path() / "out");
  expect_error(ErrorKind::kRuntime, {"cannot be written"},
               [&] { OutputFile file(folder.path() / "out"); });
  EXPECT_EQ(read_bytes(folder.path() / "mine"), "mine");
}

}  // namespace
}  // namespace gpt2run
