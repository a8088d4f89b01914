#include "loader/write_checkpoint.h"

#include <gtest/gtest.h>

#include "loader/bundle.h"
#include "loader/checkpoint.h"
#include "loader/zip_archive.h"
#include "support/expect_error.h"
#include "support/memory_model.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

class WriteCheckpointTest : public testing::Test {
 protected:
  fs::path target() const { return folder_.path() / "model"; }

  void write(TargetFormat format, DType dtype = DType::kFloat32, bool overwrite = false) const {
    write_to(target(), format, dtype, overwrite);
  }
  void write_to(const fs::path& path, TargetFormat format, DType dtype = DType::kFloat32,
                bool overwrite = false) const {
    write_checkpoint({weights_, hparams_, &vocabulary_}, path, format, dtype, overwrite);
  }

  // Expects the file of the target to be one of the fixtures'.
  void expect_fixture(const std::string& name, const std::string& fixture) const {
    EXPECT_TRUE(read_bytes(target() / name) == read_bytes(test_data("fixtures") / fixture / name))
        << name;
  }

  size_t n_in_folder() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }

  TemporaryFolder folder_{memory_folder()};
  MemoryModel weights_ = fixture_model();
  Hparams hparams_ = fixture_hparams();
  Vocabulary vocabulary_ = fixture_vocabulary();
};

std::vector<float> rounded(DType dtype, const std::vector<float>& values) {
  if (dtype == DType::kFloat16) return rounded_to_float16(values);
  return dtype == DType::kBFloat16 ? rounded_to_bfloat16(values) : values;
}

TEST_F(WriteCheckpointTest, Tf1IsWhatTensorFlowAndOpenAiWrote) {
  write(TargetFormat::kTf1);
  for (const char* name : {"checkpoint", "model.ckpt.index", "model.ckpt.data-00000-of-00001",
                           "encoder.json", "vocab.bpe"}) {
    expect_fixture(name, "tf1");
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(target()), fs::directory_iterator()), 6);
}

TEST_F(WriteCheckpointTest, SafetensorsIsWhatThePackageWrote) {
  write(TargetFormat::kSafetensors);
  expect_fixture("model.safetensors", "hf_safetensors");
  expect_fixture("merges.txt", "hf_safetensors");
  EXPECT_EQ(std::distance(fs::directory_iterator(target()), fs::directory_iterator()), 4);
}

TEST_F(WriteCheckpointTest, Tf2HasHuggingFacesNamesAndShapes) {
  write(TargetFormat::kTf2);
  const Bundle bundle(target() / "tf_model");
  ASSERT_EQ(bundle.tensors().size(), 29u);
  EXPECT_EQ(bundle.tensors()[0].name, "_CHECKPOINTABLE_OBJECT_GRAPH");
  const std::string scope = "transformer/h/1/attn/c_attn/", end = "/.ATTRIBUTES/VARIABLE_VALUE";
  const auto shape_of = [&](const std::string& name) {
    return bundle.tensors()[find_tensor(bundle, scope + name + end)].shape;
  };
  EXPECT_EQ(shape_of("weight"), (std::vector<int64_t>{48, 144}));
  EXPECT_EQ(shape_of("bias"), (std::vector<int64_t>{1, 144}));
  EXPECT_EQ(std::distance(fs::directory_iterator(target()), fs::directory_iterator()), 6);
}

// Every format and type that there is, read as gpt2run reads any checkpoint.
TEST_F(WriteCheckpointTest, EveryFormatGivesTheWeightsBack) {
  struct Case {
    TargetFormat format;
    std::vector<DType> dtypes;
  };
  const std::vector<DType> all = {DType::kFloat32, DType::kFloat16, DType::kBFloat16};
  std::vector<Case> cases = {{TargetFormat::kTf1, all},
                             {TargetFormat::kTf2, all},
                             {TargetFormat::kSafetensors, all},
                             {TargetFormat::kGguf, all},
                             {TargetFormat::kLlmc, {DType::kFloat32, DType::kBFloat16}}};
  if (has_libzip()) cases.push_back({TargetFormat::kNpz, {DType::kFloat32, DType::kFloat16}});
  for (const Case& one : cases) {
    for (const DType dtype : one.dtypes) {
      write(one.format, dtype);
      const Checkpoint found = open_checkpoint(find_model_files(target()));
      ASSERT_EQ(found.weights->tensors().size(), weights_.tensors().size());
      for (size_t i = 0; i < weights_.tensors().size(); ++i) {
        const std::string& name = weights_.tensors()[i].name;
        std::vector<float> values = read_tensor(*found.weights, name);
        values.resize(weights_.values(name).size());  // without llm.c's padding
        const std::vector<float>& exact = weights_.values(name);
        const bool is_kept = one.format == TargetFormat::kGguf && values == exact;  // a bias
        EXPECT_TRUE(is_kept || values == rounded(dtype, exact)) << name;
      }
      fs::remove_all(target());
    }
  }
}

TEST_F(WriteCheckpointTest, FolderFormatsReplaceEachOther) {
  write(TargetFormat::kTf1);
  write(TargetFormat::kSafetensors, DType::kFloat32, true);
  EXPECT_FALSE(fs::exists(target() / "model.ckpt.index"));
  write(TargetFormat::kTf2, DType::kFloat32, true);
  write(TargetFormat::kTf1, DType::kFloat32, true);
  expect_fixture("model.ckpt.data-00000-of-00001", "tf1");
  EXPECT_EQ(n_in_folder(), 1u);
}

TEST_F(WriteCheckpointTest, ReplacesNothingUnasked) {
  write(TargetFormat::kTf1);
  write_to(folder_.path() / "model.bin", TargetFormat::kLlmc);
  expect_error(ErrorKind::kRuntime, {target().string() + ": is there already"},
               [&] { write(TargetFormat::kSafetensors); });
  expect_error(ErrorKind::kRuntime, {"model.bin: is there already"},
               [&] { write_to(folder_.path() / "model.bin", TargetFormat::kLlmc); });
  write_bytes(target() / "model.ckpt.meta", "a graph");
  expect_error(ErrorKind::kRuntime, {"\"model.ckpt.meta\", which would be lost"},
               [&] { write(TargetFormat::kTf1, DType::kFloat32, true); });
  EXPECT_EQ(n_in_folder(), 2u);
}

TEST_F(WriteCheckpointTest, WritesNoVocabularyWhereThereIsNone) {
  write_checkpoint({weights_, hparams_, nullptr}, target(), TargetFormat::kTf1, DType::kFloat32,
                   false);
  EXPECT_EQ(std::distance(fs::directory_iterator(target()), fs::directory_iterator()), 4);
  EXPECT_FALSE(fs::exists(target() / "encoder.json"));
}

TEST_F(WriteCheckpointTest, ReportsProgressFromNothingToAll) {
  uint64_t last = 0, all = 0;
  write_checkpoint({weights_, hparams_, &vocabulary_}, target(), TargetFormat::kGguf,
                   DType::kFloat32, false, [&](uint64_t n_done, uint64_t n_total) {
                     EXPECT_LE(last, n_done);
                     EXPECT_LE(n_done, n_total);
                     last = n_done;
                     all = n_total;
                   });
  uint64_t n_items = 0;
  for (const TensorInfo& tensor : weights_.tensors()) n_items += tensor.n_items();
  EXPECT_EQ(all, 2 * n_items);  // written, then read back
  EXPECT_EQ(last, all);
}

// What a format cannot say would be computed as something else: refused, and nothing is left.
TEST_F(WriteCheckpointTest, RefusesByNameWhatAFormatCannotHold) {
  const auto expect_refused = [&](std::initializer_list<TargetFormat> formats,
                                  const std::string& word) {
    for (const TargetFormat format : formats) {
      expect_error(ErrorKind::kUnsupported, {word}, [&] { write(format); });
    }
    write(TargetFormat::kSafetensors);  // which can hold it
    fs::remove_all(target());
    EXPECT_EQ(n_in_folder(), 0u);
  };
  hparams_.activation = Activation::kGeluErf;
  expect_refused({TargetFormat::kTf1}, "activation_function");
  hparams_ = fixture_hparams();
  hparams_.layer_norm_epsilon = 1e-6f;
  expect_refused({TargetFormat::kTf1}, "layer_norm_epsilon");
  hparams_ = fixture_hparams();
  hparams_.scale_attn_by_inverse_layer_idx = true;
  expect_refused({TargetFormat::kTf1, TargetFormat::kTf2}, "scale_attn_by_inverse_layer_idx");
  hparams_ = fixture_hparams();
  weights_.add("model/lm_head", {400, 48}, std::vector<float>(400 * 48, 0.5f));
  expect_refused({TargetFormat::kTf1, TargetFormat::kTf2}, "head");
}

TEST_F(WriteCheckpointTest, RefusesAValueThatTheTypeCannotHold) {
  weights_.values("model/wpe")[7] = -1e6f;
  expect_error(ErrorKind::kUnsupported,
               {target().string(), "transformer.wpe.weight", "float16", "-1e+06"},
               [&] { write(TargetFormat::kSafetensors, DType::kFloat16); });
  EXPECT_EQ(n_in_folder(), 0u);
}

TEST_F(WriteCheckpointTest, RefusesAModelThatLacksAWeight) {
  weights_.erase("model/h1/mlp/c_fc/w");
  expect_error(ErrorKind::kMismatch, {"model/h1/mlp/c_fc/w"}, [&] { write(TargetFormat::kTf1); });
  EXPECT_EQ(n_in_folder(), 0u);
}

}  // namespace
}  // namespace gpt2run
