#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/folder_listing.h"
#include "loader/model_files.h"
#include "support/expect_error.h"
#include "support/openai_folder.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

using WrongModelFiles = OpenAiFolder;

TEST_F(WrongModelFiles, WhatADownloadLeftBrokenIsNamed) {
  const fs::path other = outside() / "clone";
  fs::create_directory(other);
  write_bytes(other / "config.json", "{}");
  write_bytes(other / "model.safetensors",
              "version https://git-lfs.github.com/spec/v1\noid sha256:4a\nsize 548105171\n");
  const ModelFiles files = find_model_files(other);  // by its name; its reader says what it is
  EXPECT_EQ(files.format, Format::kSafetensors);
  expect_error(ErrorKind::kCorrupt, {"model.safetensors: is a Git LFS pointer", "548105171 bytes"},
               [&] { open_format(files.format, files.checkpoint); });
}

TEST_F(WrongModelFiles, AFileOfNoKnownFormatIsShownByItsFirstBytes) {
  const fs::path other = outside() / "other";
  fs::create_directory(other);
  write_bytes(other / "model.bin", std::string("\1\2\3\0abcd and so on", 19));
  for (const fs::path& path : {other, other / "model.bin"}) {
    expect_error(ErrorKind::kCorrupt, {"model.bin: expected a checkpoint", "01 02 03 00 61 62"},
                 [&] { find_model_files(path); });
  }
  expect_error(ErrorKind::kCorrupt, {"hparams.json: expected a checkpoint"},
               [&] { find_model_files(folder() / "hparams.json"); });
}

TEST_F(WrongModelFiles, AStrayFileDoesNotHideWhatIsMissing) {
  fs::remove(folder() / "model.ckpt.index");
  write_bytes(folder() / "ids_0.npy", "\x93NUMPY\1 and so on");
  write_bytes(folder() / "notes.zip", "PK\3\4 and so on");
  expect_error(ErrorKind::kNotFound, {"missing: model.ckpt.index", "ids_0.npy, notes.zip"},
               [&] { find_model_files(folder()); });
}

TEST_F(WrongModelFiles, WhatHoldsAllSortsIsACheckpointOnlyByItsName) {
  const fs::path other = outside() / "other";
  fs::create_directory(other);
  write_bytes(other / "ids.npy", "\x93NUMPY\1 and so on");
  write_bytes(other / "corpus.zip", "PK\3\4 and so on");
  write_bytes(other / "text.gz", "\x1f\x8b and so on");
  write_bytes(other / "empty.txt", "");
  write_bytes(other / "WHAT.txt", "GGUF: a text about one");
  expect_error(ErrorKind::kNotFound, {"missing: checkpoint", "corpus.zip"},
               [&] { find_model_files(other); });
  write_bytes(other / "weights.bin", "\x1f\x8b and so on");
  expect_error(ErrorKind::kUnsupported, {"weights.bin: is a gzip file"},
               [&] { find_model_files(other); });
}

TEST_F(WrongModelFiles, AFolderOfRunsIsNamedWithThoseThatHoldABundle) {
  const fs::path runs = outside() / "saved" / "checkpoint";
  for (const char* run : {"run1", "run2", "empty"}) fs::create_directories(runs / run);
  for (const char* run : {"run1", "run2"}) write_bytes(runs / run / "model-10.index", "x");
  const std::string first = (runs / "run1").string() + "; those with a bundle are: run1, run2";
  expect_error(ErrorKind::kNotFound, {"checkpoint is a folder (as gpt-2-simple makes it)", first},
               [&] { find_model_files(runs.parent_path()); });
  expect_error(ErrorKind::kNotFound, {"give the run's folder inside it: ", first},
               [&] { find_model_files(runs); });
  fs::remove_all(runs / "run1");
  fs::remove_all(runs / "run2");
  expect_error(ErrorKind::kNotFound, {"checkpoint is a folder here", "missing: "},
               [&] { find_model_files(runs.parent_path()); });
}

TEST_F(WrongModelFiles, WhatIsNoRegularFileIsRefusedWithoutBlocking) {
  const fs::path fifo = folder() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_error(ErrorKind::kCorrupt, {"fifo", "a FIFO"}, [&] { find_model_files(fifo); });
  expect_error(ErrorKind::kCorrupt, {"/dev/zero", "a device"},
               [] { find_model_files("/dev/zero"); });
  fs::create_symlink("loop", folder() / "loop");
  expect_error(ErrorKind::kNotFound, {"loop"}, [&] { find_model_files(folder() / "loop"); });
  fs::remove(folder() / "checkpoint");
  ASSERT_EQ(::mkfifo((folder() / "checkpoint").c_str(), 0600), 0);
  expect_error(ErrorKind::kCorrupt, {"checkpoint", "a FIFO"}, [&] { find_model_files(folder()); });
  fs::remove(folder() / "checkpoint");
  fs::create_symlink("checkpoint", folder() / "checkpoint");
  expect_error(ErrorKind::kNotFound, {"checkpoint"}, [&] { find_model_files(folder()); });
}

TEST_F(WrongModelFiles, AStateFileThatIsDamagedIsRefused) {
  write_bytes(folder() / "checkpoint", "model_checkpoint_path: model.ckpt\n");
  expect_error(ErrorKind::kCorrupt, {"checkpoint: line 1", "quotes"},
               [&] { find_model_files(folder()); });
}

TEST_F(WrongModelFiles, UnreadableFilesAreRuntimeErrors) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  fs::permissions(folder() / "checkpoint", fs::perms::none);
  expect_error(ErrorKind::kRuntime, {"checkpoint"}, [&] { find_model_files(folder()); });
}

TEST_F(WrongModelFiles, UnreadableFoldersAreRuntimeErrors) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder";
  fs::permissions(folder(), fs::perms::none);
  expect_error(ErrorKind::kRuntime, {"124M: cannot be read: Permission denied"},
               [&] { find_model_files(folder()); });
  fs::permissions(folder(), fs::perms::owner_all);
}

// For root too: a name longer than the system allows cannot be listed.
TEST_F(WrongModelFiles, AFolderThatCannotBeListedIsNotAnEmptyOne) {
  expect_error(ErrorKind::kRuntime, {"cannot be read: File name too long"},
               [&] { files_in(outside() / std::string(300, 'n')); });
  EXPECT_TRUE(files_in(outside() / "absent").empty());
}

}  // namespace
}  // namespace gpt2run
