#include "base/atomic_output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <map>
#include <set>

#include "base/output_calls.h"
#include "base/output_file.h"
#include "support/expect_error.h"
#include "support/output_steps.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

const Files kOld = {{"config", "old config"}, {"weights", "old weights"}};
const Files kNew = {{"config", "new config"}, {"vocabulary", "new vocabulary"}};
const std::vector<std::string> kOwnNames = {"config", "vocabulary", "weights"};

Files files_in(const fs::path& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = read_bytes(entry.path());
  }
  return files;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

void make_folder(const fs::path& folder, const Files& files) {
  fs::create_directory(folder);
  for (const auto& [name, text] : files) write_bytes(folder / name, text);
}

void write_folder(const fs::path& target, const Files& files, bool overwrite) {
  AtomicOutput output(target, AtomicOutput::Kind::kFolder, overwrite, kOwnNames);
  for (const auto& [name, text] : files) write_small_file(output.path() / name, text);
  output.commit();
}

void write_file(const fs::path& target, const std::string& text, bool overwrite) {
  AtomicOutput output(target, AtomicOutput::Kind::kFile, overwrite);
  write_small_file(output.path(), text);
  output.commit();
}

TEST(AtomicOutput, PutsAFolderInPlaceAndReplacesOne) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model";
  write_folder(target, kOld, false);
  EXPECT_EQ(files_in(target), kOld);
  write_folder(target.string() + "/", kNew, true);
  EXPECT_EQ(files_in(target), kNew);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
}

TEST(AtomicOutput, PutsAFileInPlaceAndReplacesOne) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model.bin";
  write_file(target, "old", false);
  EXPECT_EQ(read_bytes(target), "old");
  write_file(target, "new", true);
  EXPECT_EQ(files_in(folder.path()), (Files{{"model.bin", "new"}}));
}

TEST(AtomicOutput, IsAsReadableAsTheUsersOtherFiles) {
  const TemporaryFolder folder;
  const mode_t mask = ::umask(022);
  write_folder(folder.path() / "model", kNew, false);
  ::umask(mask);
  struct stat status;
  ASSERT_EQ(::stat((folder.path() / "model").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755u);
  ASSERT_EQ(::stat((folder.path() / "model/config").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
}

TEST(AtomicOutput, LeavesNothingWithoutCommit) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model";
  make_folder(target, kOld);
  {
    AtomicOutput output(target, AtomicOutput::Kind::kFolder, true, kOwnNames);
    write_small_file(output.path() / "config", "new");
    AtomicOutput file(folder.path() / "model.bin", AtomicOutput::Kind::kFile, false);
    EXPECT_EQ(names_in(folder.path()).size(), 3u);
  }
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
  EXPECT_EQ(files_in(target), kOld);
}

TEST(AtomicOutput, ReplacesNothingThatItWasNotAskedTo) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model", file = folder.path() / "model.bin";
  make_folder(target, kOld);
  write_bytes(file, "old");
  expect_error(ErrorKind::kRuntime, {target.string(), "is there already"},
               [&] { write_folder(target, kNew, false); });
  expect_error(ErrorKind::kRuntime, {file.string(), "is there already"},
               [&] { write_file(file, "new", false); });
  expect_error(ErrorKind::kRuntime, {file.string(), "found a file"},
               [&] { write_folder(file, kNew, true); });
  expect_error(ErrorKind::kRuntime, {target.string(), "found a folder"},
               [&] { write_file(target, "new", true); });
  expect_error(ErrorKind::kRuntime, {"/dev/null", "expected a regular file"},
               [&] { write_file("/dev/null", "new", true); });
  expect_error(ErrorKind::kRuntime, {"No such file"},
               [&] { write_folder(folder.path() / "none" / "model", kNew, true); });
  EXPECT_EQ(files_in(target), kOld);
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"model", "model.bin"}));
}

TEST(AtomicOutput, NeverReplacesAFolderWithFilesOfOthers) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model";
  Files files = kOld;
  files["thesis.txt"] = "mine";
  make_folder(target, files);
  expect_error(ErrorKind::kRuntime, {target.string(), "\"thesis.txt\"", "would be lost"},
               [&] { write_folder(target, kNew, true); });
  EXPECT_EQ(files_in(target), files);
  fs::remove(target / "thesis.txt");
  fs::create_directory(target / "vocabulary");
  expect_error(ErrorKind::kRuntime, {"\"vocabulary\"", "would be lost"},
               [&] { write_folder(target, kNew, true); });
}

TEST(AtomicOutput, GivesAFolderBackThatGotAFileOfOthersMeanwhile) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model";
  make_folder(target, kOld);
  // Right before the exchange, and so after the last look at the folder under its name.
  output_calls::set_before([&](const char* call) {
    if (std::string(call) == "exchange") write_bytes(target / "thesis.txt", "mine");
    return 0;
  });
  expect_error(ErrorKind::kRuntime, {"\"thesis.txt\"", "would be lost"},
               [&] { write_folder(target, kNew, true); });
  output_calls::set_before({});
  Files files = kOld;
  files["thesis.txt"] = "mine";
  EXPECT_EQ(files_in(target), files);
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
}

TEST(AtomicOutput, FollowsLinks) {
  const TemporaryFolder folder;
  make_folder(folder.path() / "real", kOld);
  fs::create_directory_symlink("real", folder.path() / "link");
  fs::create_directory_symlink("later", folder.path() / "dangling");
  fs::create_symlink("loop", folder.path() / "loop");
  write_folder(folder.path() / "link", kNew, true);
  write_folder(folder.path() / "dangling", kNew, false);
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(files_in(folder.path() / "real"), kNew);
  EXPECT_TRUE(fs::is_symlink(folder.path() / "dangling"));
  EXPECT_EQ(files_in(folder.path() / "later"), kNew);
  expect_error(ErrorKind::kRuntime, {"symbolic links"},
               [&] { write_file(folder.path() / "loop", "new", true); });
}

TEST(AtomicOutput, OfTwoAtOnceOneWinsWhole) {
  const TemporaryFolder folder;
  const auto target = folder.path() / "model";
  for (const bool overwrite : {true, false}) {
    AtomicOutput a(target, AtomicOutput::Kind::kFolder, overwrite, kOwnNames);
    AtomicOutput b(target, AtomicOutput::Kind::kFolder, overwrite, kOwnNames);
    for (const auto& [name, text] : kOld) write_small_file(a.path() / name, text);
    for (const auto& [name, text] : kNew) write_small_file(b.path() / name, text);
    a.commit();
    if (overwrite) {
      b.commit();
      EXPECT_EQ(files_in(target), kNew);
      fs::remove_all(target);
    } else {
      expect_error(ErrorKind::kRuntime, {"is there already"}, [&] { b.commit(); });
      EXPECT_EQ(files_in(target), kOld);
    }
  }
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
}

// Killed before each of the calls that change the disk.
TEST(AtomicOutput, IsTheOldOneOrTheWholeNewOneWheneverItIsKilled) {
  for (const bool is_there : {false, true}) {
    int step = 0, n_old = 0;
    for (bool is_killed = true; is_killed; ++step) {
      const TemporaryFolder folder(memory_folder());
      const auto target = folder.path() / "model";
      if (is_there) make_folder(target, kOld);
      is_killed = is_killed_at(step, [&] { write_folder(target, kNew, true); });
      const Files found = fs::exists(target) ? files_in(target) : Files{};
      const bool is_old = found == (is_there ? kOld : Files{});
      EXPECT_TRUE(is_old || found == kNew) << "killed at step " << step;
      n_old += is_old ? 1 : 0;
    }
    EXPECT_GE(n_old, 11);        // mkdir, two files, the folder, the exchange
    EXPECT_GE(step, n_old + 2);  // the folder above, the old files
  }
}

TEST(AtomicOutput, LeavesTheOldOneAndNothingElseWhicheverCallFails) {
  for (const bool is_there : {false, true}) {
    for (int step = 0, n_calls = step + 1; step < n_calls; ++step, ++n_calls) {
      const TemporaryFolder folder(memory_folder());
      const auto target = folder.path() / "model";
      if (is_there) make_folder(target, kOld);
      try {
        if (!fails_at(step, EIO, [&] { write_folder(target, kNew, true); })) break;
        FAIL() << "no error at step " << step;
      } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("Input/output error"), std::string::npos);
        if (std::string(error.what()).find("holds what was replaced") != std::string::npos)
          continue;
        const Files found = fs::exists(target) ? files_in(target) : Files{};
        // A folder that was not there before cannot be taken back once it is in place.
        EXPECT_TRUE(found == (is_there ? kOld : Files{}) || (!is_there && found == kNew)) << step;
        EXPECT_EQ(names_in(folder.path()).size(), found.empty() ? 0u : 1u) << step;
      }
    }
  }
}

TEST(AtomicOutput, SaysThatAFileSystemCannotReplaceAFolderInOneStep) {
  const TemporaryFolder folder;
  make_folder(folder.path() / "model", kOld);
  output_calls::set_before(
      [](const char* call) { return std::string(call) == "exchange" ? EINVAL : 0; });
  expect_error(ErrorKind::kRuntime, {"cannot replace a folder in one step; remove it first"},
               [&] { write_folder(folder.path() / "model", kNew, true); });
  output_calls::set_before({});
  EXPECT_EQ(names_in(folder.path()), std::set<std::string>{"model"});
  EXPECT_EQ(files_in(folder.path() / "model"), kOld);
}

}  // namespace
}  // namespace gpt2run
