// What write_checkpoint leaves when it is killed, when a call fails, and when a disk lies.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/output_calls.h"
#include "loader/write_checkpoint.h"
#include "loader/zip_archive.h"
#include "support/expect_error.h"
#include "support/memory_model.h"
#include "support/output_steps.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

// A file's or folder's content by relative names; empty if there is none.
Files content_of(const fs::path& path) {
  Files files;
  if (fs::is_regular_file(path)) files[""] = read_bytes(path);
  if (!fs::is_directory(path)) return files;
  for (const auto& entry : fs::directory_iterator(path)) {
    files[entry.path().filename().string()] = read_bytes(entry.path());
  }
  return files;
}

// Two models that differ in a weight, as they are written.
class WriteFaultsTest : public testing::TestWithParam<TargetFormat> {
 protected:
  WriteFaultsTest() { new_.values("model/wte")[0] += 1; }

  void SetUp() override {
    if (GetParam() == TargetFormat::kNpz && !has_libzip()) {
      GTEST_SKIP() << "this build has no libzip";
    }
  }

  void write(const MemoryModel& weights, const fs::path& target) const {
    write_checkpoint({weights, hparams_, &vocabulary_}, target, GetParam(), DType::kFloat32, true);
  }

  Files written(const MemoryModel& weights) const {
    const TemporaryFolder folder(memory_folder());
    write(weights, folder.path() / "model");
    return content_of(folder.path() / "model");
  }

  MemoryModel old_ = fixture_model(), new_ = fixture_model();
  Hparams hparams_ = fixture_hparams();
  Vocabulary vocabulary_ = fixture_vocabulary();
};

TEST_P(WriteFaultsTest, LeavesTheOldOneOrTheWholeNewOneWheneverItIsKilled) {
  const Files old_files = written(old_), new_files = written(new_);
  ASSERT_NE(old_files, new_files);
  const TemporaryFolder folder(memory_folder());
  const auto target = folder.path() / "model";
  int n_old = 0, n_new = 0;
  for (int step = 0;; ++step) {
    if (content_of(target) != old_files) write(old_, target);
    const bool is_killed = is_killed_at(step, [&] { write(new_, target); });
    const Files found = content_of(target);
    const bool is_new = found == new_files;
    ASSERT_TRUE(is_new || found == old_files) << "killed at step " << step;
    ++(is_new ? n_new : n_old);
    if (!is_killed) break;
  }
  EXPECT_GE(n_old, 5);  // made, taken space for, written, flushed, put in place
  EXPECT_GE(n_new, 2);
}

TEST_P(WriteFaultsTest, LeavesTheOldOneAndNoLitterOnAFullDisk) {
  const TemporaryFolder folder(memory_folder());
  const auto target = folder.path() / "model";
  write(old_, target);
  const Files old_files = content_of(target);
  for (int step = 0;; ++step) {
    try {
      if (!fails_at(step, ENOSPC, [&] { write(new_, target); })) break;
      FAIL() << "no error at step " << step;
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
      EXPECT_NE(message.find("No space left on device"), std::string::npos) << message;
      // Once the new one is in place nothing is undone: the message names what is left.
      const bool is_named = message.find(".gpt2run-") != std::string::npos;
      if (is_named || content_of(target) != old_files) {
        fs::remove_all(target);
        for (const auto& entry : fs::directory_iterator(folder.path())) {
          EXPECT_TRUE(is_named) << entry.path();
          fs::remove_all(entry.path());
        }
        write(old_, target);
      }
    }
    ASSERT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1)
        << "step " << step;
  }
  EXPECT_NE(content_of(target), old_files);
}

TEST_P(WriteFaultsTest, MeetsALimitOfFileSizesWithOneMessage) {
  const TemporaryFolder folder(memory_folder());
  const auto target = folder.path() / "model";
  const std::string message = error_with_limit(100000, [&] { write(new_, target); });
  EXPECT_EQ(message.find(target.string()), 0u) << message;
  EXPECT_NE(message.find("File too large"), std::string::npos) << message;
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

// A bit of the largest file changes once everything is on the disk, and before it is read back.
TEST_P(WriteFaultsTest, SeesThatTheDiskHoldsSomethingElse) {
  const TemporaryFolder folder(memory_folder());
  const auto target = folder.path() / "model";
  const auto flip = [&](const char* call) {
    if (std::string(call) != "sync") return 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      if (!entry.is_regular_file() || entry.file_size() < 300000) continue;
      const int fd = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
      char byte = 0;
      const off_t at = 200001;
      if (::pread(fd, &byte, 1, at) == 1) {
        byte = static_cast<char>(byte ^ 1);
        EXPECT_EQ(::pwrite(fd, &byte, 1, at), 1);
      }
      ::close(fd);
      output_calls::set_before({});
      return 0;
    }
    return 0;
  };
  output_calls::set_before(flip);
  expect_error(ErrorKind::kRuntime, {target.string(), "the disk does not hold what was written"},
               [&] { write(new_, target); });
  output_calls::set_before({});
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

std::string format_text(const testing::TestParamInfo<TargetFormat>& format) {
  constexpr const char* kNames[] = {"Tf1", "Tf2", "Safetensors", "Npz", "Gguf", "Llmc"};
  return kNames[static_cast<int>(format.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, WriteFaultsTest,
                         testing::Values(TargetFormat::kTf1, TargetFormat::kTf2,
                                         TargetFormat::kSafetensors, TargetFormat::kNpz,
                                         TargetFormat::kGguf, TargetFormat::kLlmc),
                         format_text);

}  // namespace
}  // namespace gpt2run
