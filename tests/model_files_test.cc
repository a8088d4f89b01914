#include "loader/model_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/folder_listing.h"
#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

// A folder with a whole model of OpenAI's layout, but for the .meta file.
class ModelFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    BundleBuilder().write(folder());
    write_bytes(folder() / "encoder.json", "{}");
    write_bytes(folder() / "vocab.bpe", "#version: 0.2\n");
  }

  fs::path folder() const { return temporary_.path() / "124M"; }
  fs::path outside() const { return temporary_.path(); }
  void state(const std::string& path) {
    write_bytes(folder() / "checkpoint", "model_checkpoint_path: \"" + path + "\"\n");
  }
  void rename_bundle(const std::string& name) {
    for (const char* suffix : {".index", ".data-00000-of-00001"}) {
      fs::rename(folder() / (std::string("model.ckpt") + suffix), folder() / (name + suffix));
    }
  }
  void expect_found(const fs::path& model, const fs::path& prefix, size_t n_notices) {
    const ModelFiles files = find_model_files(model);
    EXPECT_EQ(fs::weakly_canonical(files.checkpoint), fs::weakly_canonical(prefix));
    EXPECT_EQ(files.notices.size(), n_notices) << model;
    for (const std::string& notice : files.notices) {
      EXPECT_NE(notice.find(prefix.filename().string()), std::string::npos) << notice;
    }
  }

 private:
  TemporaryFolder temporary_;
};

TEST_F(ModelFilesTest, FindsTheBundleByAnyOfItsNames) {
  const fs::path prefix = folder() / "model.ckpt";
  expect_found(folder(), prefix, 0);
  expect_found(folder() / "", prefix, 0);
  expect_found(prefix, prefix, 0);
  expect_found(folder() / "checkpoint", prefix, 0);
  expect_found(folder() / "model.ckpt.index", prefix, 0);
  expect_found(folder() / "model.ckpt.data-00000-of-00001", prefix, 1);
}

TEST_F(ModelFilesTest, LooksForTheRestBesideTheBundleOrWhereItIsTold) {
  const ModelFiles files = find_model_files(folder() / "model.ckpt.index");
  EXPECT_EQ(files.hparams, folder() / "hparams.json");
  EXPECT_EQ(files.vocab, folder());
  const ModelFiles told = find_model_files(folder(), "/x/h.json", "/y");
  EXPECT_EQ(told.hparams, "/x/h.json");
  EXPECT_EQ(told.vocab, "/y");
}

TEST_F(ModelFilesTest, FollowsTheStateFileAsTensorFlowDoes) {
  rename_bundle("model-1000");
  write_bytes(folder() / "model-900.index", "older");
  state("model-1000");
  expect_found(folder(), folder() / "model-1000", 0);
  state((folder() / "model-1000").string());
  expect_found(folder(), folder() / "model-1000", 0);
  state("../124M/model-1000");
  expect_found(folder(), folder() / "model-1000", 0);
}

TEST_F(ModelFilesTest, FindsAMovedBundleByItsName) {
  rename_bundle("model-1000");
  write_bytes(folder() / "model-900.index", "older");
  for (const char* path : {"/home/someone/run1/model-1000", "run1/model-1000",
                           "../../../run1/model-1000", "124M/model-1000"}) {
    state(path);
    expect_found(folder(), folder() / "model-1000", 1);
    expect_found(folder() / "checkpoint", folder() / "model-1000", 1);
  }
}

TEST_F(ModelFilesTest, WithoutAStateFileTheOnlyBundleIsMeant) {
  fs::remove(folder() / "checkpoint");
  expect_found(folder(), folder() / "model.ckpt", 1);
  state("model-77");
  expect_found(folder(), folder() / "model.ckpt", 1);
  write_bytes(folder() / "model-2.index", "another");
  for (const bool has_state : {true, false}) {
    if (!has_state) fs::remove(folder() / "checkpoint");
    expect_error(ErrorKind::kAmbiguous, {"2 bundles are: model-2, model.ckpt", "give one as"},
                 [&] { find_model_files(folder()); });
  }
}

TEST_F(ModelFilesTest, SaysWhichOfTheSevenFilesAreMissing) {
  fs::remove(folder() / "model.ckpt.index");
  const auto expect_listed = [&](const fs::path& model) {
    expect_error(ErrorKind::kNotFound,
                 {"here: checkpoint, encoder.json, hparams.json, model.ckpt.data-00000-of-00001, "
                  "vocab.bpe; missing: model.ckpt.index, model.ckpt.meta"},
                 [&] { find_model_files(model); });
  };
  expect_listed(folder());
  expect_listed(folder() / "checkpoint");
  expect_listed(folder() / "model.ckpt");
  expect_listed(folder() / "model.ckpt.data-00000-of-00001");
}

TEST_F(ModelFilesTest, SaysThatHparamsOrVocabularyAreMissing) {
  const ModelFiles files = find_model_files(folder());
  require_hparams(files);
  require_vocabulary(files);
  fs::remove(folder() / "hparams.json");
  expect_error(ErrorKind::kNotFound, {"hparams.json: not found", "missing: hparams.json", "here: "},
               [&] { require_hparams(files); });
  fs::remove(folder() / "vocab.bpe");
  expect_error(ErrorKind::kNotFound, {"vocab.bpe: not found", "vocab.bpe", "--vocab DIR"},
               [&] { require_vocabulary(files); });
}

TEST_F(ModelFilesTest, TheMetaFileStandsForItsBundle) {
  write_bytes(folder() / "model.ckpt.meta", "graph");
  expect_found(folder() / "model.ckpt.meta", folder() / "model.ckpt", 1);
}

TEST_F(ModelFilesTest, AHalfFetchedModelNamesTheScriptThatFetchesTheRest) {
  const ModelFiles files = find_model_files(folder());  // the folder is called 124M
  fs::remove(folder() / "hparams.json");
  fs::remove(folder() / "encoder.json");
  expect_error(ErrorKind::kNotFound, {"scripts/download_model.sh 124M"},
               [&] { require_hparams(files); });
  expect_error(ErrorKind::kNotFound, {"scripts/download_model.sh 124M"},
               [&] { require_vocabulary(files); });
}

TEST_F(ModelFilesTest, ListsTheBundlesNextToAWrongName) {
  expect_error(ErrorKind::kNotFound, {"modl.ckpt: no modl.ckpt.index here", "are: model.ckpt"},
               [&] { find_model_files(folder() / "modl.ckpt"); });
  expect_error(ErrorKind::kNotFound, {"no/such/model: no such file or folder"},
               [&] { find_model_files(outside() / "no/such/model"); });
  expect_error(ErrorKind::kNotFound, {}, [] { find_model_files(""); });
}

TEST_F(ModelFilesTest, SaysHowToFetchOpenAIsModels) {
  for (const char* size : {"355M", "774M", "1558M"}) {
    const std::string command = std::string("scripts/download_model.sh ") + size + " fetches it";
    expect_error(ErrorKind::kNotFound, {command}, [&] { find_model_files(outside() / size); });
    expect_error(ErrorKind::kNotFound, {command}, [&] { find_model_files(outside() / size / ""); });
  }
  fs::create_directory(outside() / "1558M");
  expect_error(ErrorKind::kNotFound, {"missing: checkpoint, encoder.json", "fetches it"},
               [&] { find_model_files(outside() / "1558M"); });
}

TEST_F(ModelFilesTest, EveryFormatIsFoundByWhatItsFilesHold) {
  const struct {
    const char* folder;
    const char* file;
    Format format;
  } models[] = {{"hf_safetensors", "model.safetensors", Format::kSafetensors},
                {"hf_safetensors_sharded", "model.safetensors.index.json", Format::kSafetensorsSet},
                {"hf_bin", "pytorch_model.bin", Format::kTorch},
                {"hf_bin_legacy", "pytorch_model.bin", Format::kTorch},
                {"nanogpt", "ckpt.pt", Format::kTorch},
                {"hf_h5", "tf_model.h5", Format::kHdf5},
                {"npz", "params.npz", Format::kNpz},
                {"tf1_v1format", "model.ckpt", Format::kTensorFlowV1}};
  for (const auto& model : models) {
    const fs::path file = test_data("fixtures") / model.folder / model.file;
    for (const fs::path& path : {file.parent_path(), file}) {
      const ModelFiles files = find_model_files(path);
      EXPECT_EQ(files.format, model.format) << path;
      EXPECT_EQ(files.checkpoint, file);
      EXPECT_TRUE(files.notices.empty());
    }
    const fs::path renamed = outside() / "renamed";
    if (model.format == Format::kSafetensorsSet) continue;  // its shards stand beside it
    fs::copy_file(file, renamed, fs::copy_options::overwrite_existing);
    EXPECT_EQ(find_model_files(renamed).format, model.format);
  }
  for (const char* file : {"gguf/model-f32.gguf", "gguf/model-bf16.gguf"}) {
    EXPECT_EQ(find_model_files(test_data("fixtures") / file).format, Format::kGguf);
  }
  EXPECT_EQ(find_model_files(test_data("fixtures/llmc/model.bin")).format, Format::kLlmc);
  EXPECT_EQ(find_model_files(test_data("fixtures/ggml/ggml-model-f16.bin")).format, Format::kGgml);
}

TEST_F(ModelFilesTest, AFolderWithSeveralModelsListsThem) {
  expect_error(ErrorKind::kAmbiguous,
               {"gguf: holds 3 models", "model-f16.gguf (GGUF)", "give one as "},
               [] { find_model_files(test_data("fixtures/gguf")); });
  fs::copy_file(test_data("fixtures/hf_safetensors/model.safetensors"),
                folder() / "model.safetensors");
  expect_error(ErrorKind::kAmbiguous,
               {"holds 2 models", "model.safetensors (safetensors)", "model.ckpt (TensorFlow"},
               [&] { find_model_files(folder()); });
}

TEST_F(ModelFilesTest, WhatTrainersSaveBesideAModelIsNone) {
  const fs::path other = outside() / "trained";
  fs::create_directory(other);
  const fs::path bin = test_data("fixtures/hf_bin/pytorch_model.bin");
  for (const char* name : {"pytorch_model.bin", "optimizer.pt", "training_args.bin",
                           "rng_state_0.pth", "scheduler.pt"}) {
    fs::copy_file(bin, other / name);
  }
  EXPECT_EQ(find_model_files(other).checkpoint, other / "pytorch_model.bin");
}

TEST_F(ModelFilesTest, AShardStandsForItsSet) {
  const fs::path set = test_data("fixtures/hf_safetensors_sharded");
  const ModelFiles files = find_model_files(set / "model-00002-of-00004.safetensors");
  EXPECT_EQ(files.format, Format::kSafetensorsSet);
  EXPECT_EQ(files.notices.size(), 1u);
  fs::copy(set, outside() / "set");
  fs::remove(outside() / "set" / "model.safetensors.index.json");
  expect_error(ErrorKind::kNotFound,
               {"is one shard of a model, and model.safetensors.index.json", "is not here"},
               [&] { find_model_files(outside() / "set"); });
}

TEST_F(ModelFilesTest, ASavedModelsWeightsAreItsVariables) {
  const fs::path saved = outside() / "saved_model";
  fs::create_directories(saved / "variables");
  write_bytes(saved / "saved_model.pb", "graph");
  for (const char* suffix : {".index", ".data-00000-of-00001"}) {
    fs::copy_file(folder() / (std::string("model.ckpt") + suffix),
                  saved / "variables" / (std::string("variables") + suffix));
  }
  write_bytes(saved / "hparams.json", "{}");
  const ModelFiles files = find_model_files(saved);
  EXPECT_EQ(files.checkpoint, saved / "variables" / "variables");
  EXPECT_EQ(files.hparams, saved / "hparams.json");
}

TEST_F(ModelFilesTest, WhatADownloadLeftBrokenIsNamed) {
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

TEST_F(ModelFilesTest, AFileOfNoKnownFormatIsShownByItsFirstBytes) {
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

TEST_F(ModelFilesTest, AStrayFileDoesNotHideWhatIsMissing) {
  fs::remove(folder() / "model.ckpt.index");
  write_bytes(folder() / "ids_0.npy", "\x93NUMPY\1 and so on");
  write_bytes(folder() / "notes.zip", "PK\3\4 and so on");
  expect_error(ErrorKind::kNotFound, {"missing: model.ckpt.index", "ids_0.npy, notes.zip"},
               [&] { find_model_files(folder()); });
}

TEST_F(ModelFilesTest, WhatHoldsAllSortsIsACheckpointOnlyByItsName) {
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

TEST_F(ModelFilesTest, AFolderOfRunsIsNamedWithThoseThatHoldABundle) {
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

TEST_F(ModelFilesTest, WhatIsNoRegularFileIsRefusedWithoutBlocking) {
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

TEST_F(ModelFilesTest, AStateFileThatIsDamagedIsRefused) {
  write_bytes(folder() / "checkpoint", "model_checkpoint_path: model.ckpt\n");
  expect_error(ErrorKind::kCorrupt, {"checkpoint: line 1", "quotes"},
               [&] { find_model_files(folder()); });
}

TEST_F(ModelFilesTest, UnreadableFilesAreRuntimeErrors) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  fs::permissions(folder() / "checkpoint", fs::perms::none);
  expect_error(ErrorKind::kRuntime, {"checkpoint"}, [&] { find_model_files(folder()); });
}

TEST_F(ModelFilesTest, UnreadableFoldersAreRuntimeErrors) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every folder";
  fs::permissions(folder(), fs::perms::none);
  expect_error(ErrorKind::kRuntime, {"124M: cannot be read: Permission denied"},
               [&] { find_model_files(folder()); });
  fs::permissions(folder(), fs::perms::owner_all);
}

// For root too: a name longer than the system allows cannot be listed.
TEST_F(ModelFilesTest, AFolderThatCannotBeListedIsNotAnEmptyOne) {
  expect_error(ErrorKind::kRuntime, {"cannot be read: File name too long"},
               [&] { files_in(outside() / std::string(300, 'n')); });
  EXPECT_TRUE(files_in(outside() / "absent").empty());
}

TEST(DefaultModel, IsFoundRelativeToTheProgram) {
  EXPECT_TRUE(fs::equivalent(default_model_path(), default_model()));
}

}  // namespace
}  // namespace gpt2run
