#include "loader/model_files.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/openai_folder.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

class ModelFilesTest : public OpenAiFolder {
 protected:
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

TEST(DefaultModel, IsFoundRelativeToTheProgram) {
  EXPECT_TRUE(fs::equivalent(default_model_path(), default_model()));
}

}  // namespace
}  // namespace gpt2run
