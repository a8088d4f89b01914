// write_npz_model, write_llmc_model, write_gguf_model and the ModelLayout below them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "loader/checkpoint.h"
#include "loader/gguf.h"
#include "loader/llmc.h"
#include "loader/model_layout.h"
#include "loader/npz.h"
#include "loader/write_gguf_model.h"
#include "loader/write_llmc_model.h"
#include "loader/write_npz_model.h"
#include "support/expect_error.h"
#include "support/failing_disk.h"
#include "support/memory_model.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

class WriteModelsTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "model"; }
  ModelToWrite model() const { return {weights_, hparams_, &vocabulary_}; }

  TemporaryFolder folder_;
  MemoryModel weights_ = fixture_model();
  Hparams hparams_ = fixture_hparams();
  Vocabulary vocabulary_ = fixture_vocabulary();
};

// Expects the same tensors, in whatever order: names, types, shapes, bits.
void expect_same_tensors(const TensorSource& found, const TensorSource& expected) {
  EXPECT_EQ(found.tensors().size(), expected.tensors().size());
  for (size_t i = 0; i < expected.tensors().size(); ++i) {
    const TensorInfo& tensor = expected.tensors()[i];
    const size_t at = find_tensor(found, tensor.name);
    EXPECT_EQ(found.tensors()[at].dtype, tensor.dtype) << tensor.name;
    EXPECT_EQ(found.tensors()[at].shape, tensor.shape) << tensor.name;
    EXPECT_EQ(read_tensor(found, at), read_tensor(expected, i)) << tensor.name;
  }
}

TEST_F(WriteModelsTest, LlmcEqualsItsOwnWritersFiles) {
  write_llmc_model(model(), path(), DType::kFloat32);
  EXPECT_EQ(read_bytes(path()), read_bytes(test_data("fixtures/llmc/model.bin")));
  write_llmc_model(model(), path(), DType::kBFloat16);
  EXPECT_EQ(read_bytes(path()), read_bytes(test_data("fixtures/llmc/model_bf16.bin")));
}

TEST_F(WriteModelsTest, EachIsOpenedAgainAsTheSameModel) {
  using WriteModel =
      void (*)(const ModelToWrite&, const std::filesystem::path&, DType, const WriteProgress&);
  std::vector<WriteModel> writers = {write_llmc_model, write_gguf_model};
  if (has_libzip()) writers.push_back(write_npz_model);
  for (const WriteModel write : writers) {
    write(model(), path(), DType::kFloat32, {});
    const Checkpoint checkpoint = open_checkpoint(find_model_files(path()));
    for (const TensorInfo& info : weights_.tensors()) {
      const size_t at = find_tensor(*checkpoint.weights, info.name);
      std::vector<float> found = read_tensor(*checkpoint.weights, at);
      found.resize(info.n_items());  // llm.c's rows of padding
      EXPECT_EQ(found, weights_.values(info.name)) << info.name;
    }
  }
}

TEST_F(WriteModelsTest, LlmcRefusesFloat16) {
  expect_error(ErrorKind::kUnsupported, {"model: ", "float32 or bfloat16", "found float16"},
               [&] { write_llmc_model(model(), path(), DType::kFloat16); });
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(WriteModelsTest, NpzHoldsOpenAIsNamesAndShapes) {
  if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  write_npz_model(model(), path(), DType::kFloat32);
  expect_same_tensors(Npz(path()), Npz(test_data("fixtures/npz/params.npz")));
  write_npz_model(model(), path(), DType::kFloat16);
  const Npz half(path());
  for (size_t i = 0; i < half.tensors().size(); ++i) {
    const std::string& name = half.tensors()[i].name;
    EXPECT_EQ(half.tensors()[i].dtype, DType::kFloat16);
    EXPECT_EQ(read_tensor(half, i), rounded_to_float16(weights_.values(name))) << name;
  }
}

std::string last_bytes(const std::filesystem::path& path, size_t n) {
  const std::string bytes = read_bytes(path);
  return bytes.substr(bytes.size() - n);
}

TEST_F(WriteModelsTest, GgufIsWhatTheConverterWrites) {
  const std::pair<DType, const char*> fixtures[] = {
      {DType::kFloat32, "f32"}, {DType::kFloat16, "f16"}, {DType::kBFloat16, "bf16"}};
  for (const auto& [dtype, name] : fixtures) {
    const auto fixture = test_data("fixtures/gguf/model-" + std::string(name) + ".gguf");
    write_gguf_model(model(), path(), dtype);
    const GgufFile found(path()), expected(fixture);
    // Theirs carries the model's own name, which this one does not know.
    nlohmann::json metadata = expected.metadata();
    metadata["general.name"] = "gpt2";
    EXPECT_EQ(found.metadata(), metadata);
    size_t n_data = 0;
    for (size_t i = 0; i < expected.tensors().size(); ++i) {
      EXPECT_EQ(found.tensors()[i].name, expected.tensors()[i].name);
      EXPECT_EQ(found.tensors()[i].shape, expected.tensors()[i].shape);
      n_data += (expected.tensors()[i].n_bytes + 31) / 32 * 32;
    }
    EXPECT_TRUE(last_bytes(path(), n_data) == last_bytes(fixture, n_data)) << name;
  }
}

TEST_F(WriteModelsTest, GgufNamesRowsThatHaveNoToken) {
  hparams_.n_vocab = 448;
  weights_.values("model/wte").resize(448 * 48);
  const std::vector<float> wte = weights_.values("model/wte");
  weights_.erase("model/wte");
  weights_.add("model/wte", {448, 48}, wte);
  write_gguf_model(model(), path(), DType::kFloat32);
  const GgufFile file(path());
  const auto& tokens = file.metadata()["tokenizer.ggml.tokens"];
  const auto& types = file.metadata()["tokenizer.ggml.token_type"];
  ASSERT_EQ(tokens.size(), 448u);
  ASSERT_EQ(types.size(), 448u);
  EXPECT_EQ(tokens[399], "<|endoftext|>");
  EXPECT_EQ(types[398], 1);  // normal
  EXPECT_EQ(types[399], 3);  // control
  EXPECT_EQ(tokens[400], "[PAD400]");
  EXPECT_EQ(types[400], 5);  // unused
  EXPECT_EQ(read_tensor(file, "token_embd.weight"), wte);
}

TEST_F(WriteModelsTest, GgufHoldsAHeadOfItsOwnAndOtherSizes) {
  std::vector<float> head(400 * 48);
  for (size_t i = 0; i < head.size(); ++i) head[i] = static_cast<float>(i % 77) / 64;
  weights_.add("model/lm_head", {400, 48}, head);
  hparams_.layer_norm_epsilon = 1e-6f;
  write_gguf_model(model(), path(), DType::kBFloat16);
  const GgufFile file(path());
  const TensorInfo& info = file.tensors()[find_tensor(file, "output.weight")];
  EXPECT_EQ(info.dtype, DType::kBFloat16);
  EXPECT_EQ(read_tensor(file, "output.weight"), head);
  EXPECT_EQ(file.metadata()["gpt2.attention.layer_norm_epsilon"], 1e-6f);
}

TEST_F(WriteModelsTest, GgufRefusesWhatLlamaCppDoesNotCompute) {
  hparams_.activation = Activation::kGeluErf;
  expect_error(ErrorKind::kUnsupported, {"activation_function", "llama.cpp", "found gelu;"},
               [&] { write_gguf_model(model(), path(), DType::kFloat32); });
  hparams_ = fixture_hparams();
  hparams_.scale_attn_by_inverse_layer_idx = true;
  expect_error(ErrorKind::kUnsupported, {"scale_attn_by_inverse_layer_idx", "found true"},
               [&] { write_gguf_model(model(), path(), DType::kFloat32); });
}

TEST_F(WriteModelsTest, GgufRefusesAVocabularyThatLlamaCppCannotUse) {
  expect_error(ErrorKind::kUnsupported, {"model: expected a vocabulary", "--vocab"}, [&] {
    write_gguf_model({weights_, hparams_, nullptr}, path(), DType::kFloat32);
  });
  vocabulary_.tokens.push_back("more");
  expect_error(ErrorKind::kMismatch, {"encoder.json", "n_vocab 400", "found 401"},
               [&] { write_gguf_model(model(), path(), DType::kFloat32); });
  while (vocabulary_.tokens.size() > 399) vocabulary_.tokens.pop_back();
  expect_error(ErrorKind::kUnsupported, {"encoder.json", "<|endoftext|>"},
               [&] { write_gguf_model(model(), path(), DType::kFloat32); });
}

TEST_F(WriteModelsTest, OpenAIsFormatsRefuseWhatTheyCannotSay) {
  hparams_.activation = Activation::kGeluErf;
  expect_error(ErrorKind::kUnsupported, {"activation_function", "llm.c"},
               [&] { write_llmc_model(model(), path(), DType::kFloat32); });
  expect_error(ErrorKind::kUnsupported, {"activation_function", ".npz"},
               [&] { write_npz_model(model(), path(), DType::kFloat32); });
}

TEST_F(WriteModelsTest, AFullDiskIsOneErrorAtEveryStep) {
  expect_full_disk_reported([&] { write_llmc_model(model(), path(), DType::kFloat32); });
  expect_full_disk_reported([&] { write_gguf_model(model(), path(), DType::kFloat32); });
}

TEST_F(WriteModelsTest, ReportsEachNumberOnce) {
  uint64_t last = 0, n = 0;
  write_llmc_model(model(), path(), DType::kFloat32, [&](uint64_t n_done, uint64_t n_total) {
    EXPECT_GT(n_done, last);
    last = n_done;
    n = n_total;
  });
  EXPECT_EQ(last, n);
  EXPECT_EQ(n, 78912u);
}

TEST_F(WriteModelsTest, AModelWithoutBiasesGetsZeros) {
  for (const auto& [name, values] : tf1_weights()) {
    if (name.ends_with("/b")) weights_.erase(name);
  }
  write_llmc_model(model(), path(), DType::kFloat32);
  const LlmcFile file(path());
  EXPECT_EQ(read_tensor(file, "qkvb.1"), std::vector<float>(144, 0));
  EXPECT_EQ(read_tensor(file, "lnfb"), std::vector<float>(48, 0));
  EXPECT_EQ(read_tensor(file, "lnfw"), weights_.values("model/ln_f/g"));
}

TEST_F(WriteModelsTest, WeightsThatDoNotFitAreRefusedByName) {
  const auto lay_out = [&] { ModelLayout layout(model(), Family::kGguf); };
  weights_.add("model/h2/ln_1/g", {48}, std::vector<float>(48));
  expect_error(ErrorKind::kMismatch, {"memory-model: tensor \"model/h2/ln_1/g\""}, lay_out);
  weights_.erase("model/h2/ln_1/g");
  lay_out();
  weights_.erase("model/h1/attn/c_attn/b");
  expect_error(ErrorKind::kMismatch,
               {"tensor \"model/h1/attn/c_attn/b\": expected shape [144], found no such tensor"},
               lay_out);
  weights_.add("model/h1/attn/c_attn/b", {1, 144}, std::vector<float>(144));
  expect_error(ErrorKind::kMismatch, {"expected shape [144], found [1, 144]"}, lay_out);
}

TEST_F(WriteModelsTest, AValueBeyondFloat16IsRefusedByName) {
  weights_.values("model/h1/mlp/c_fc/w")[5] = -70000;
  expect_error(ErrorKind::kUnsupported, {"blk.1.ffn_up.weight", "found -70000"},
               [&] { write_gguf_model(model(), path(), DType::kFloat16); });
}

}  // namespace
}  // namespace gpt2run
