#include "loader/gguf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "base/npy.h"
#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/memory_file.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

void expect_refused(ErrorKind kind, std::initializer_list<std::string> texts,
                    const std::string& bytes) {
  MemoryFile file;
  file.write(bytes);
  expect_error(kind, texts, [&] { GgufFile{file.path()}; });
}

const std::pair<const char*, const char*> kNames[] = {
    {"attn_norm.weight", "ln_1/g"},          {"attn_norm.bias", "ln_1/b"},
    {"attn_qkv.weight", "attn/c_attn/w"},    {"attn_qkv.bias", "attn/c_attn/b"},
    {"attn_output.weight", "attn/c_proj/w"}, {"attn_output.bias", "attn/c_proj/b"},
    {"ffn_norm.weight", "ln_2/g"},           {"ffn_norm.bias", "ln_2/b"},
    {"ffn_up.weight", "mlp/c_fc/w"},         {"ffn_up.bias", "mlp/c_fc/b"},
    {"ffn_down.weight", "mlp/c_proj/w"},     {"ffn_down.bias", "mlp/c_proj/b"},
};

void expect_tf1_weights(const GgufFile& file, DType matrices,
                        std::vector<float> (*rounded)(std::vector<float>)) {
  const auto& weights = tf1_weights();
  ASSERT_EQ(file.tensors().size(), weights.size());
  const auto expect_equal = [&](const std::string& name, std::vector<float> expected,
                                bool is_matrix) {
    const size_t index = find_tensor(file, name);
    EXPECT_EQ(file.tensors()[index].dtype, is_matrix ? matrices : DType::kFloat32) << name;
    if (is_matrix) expected = rounded(expected);
    EXPECT_EQ(read_tensor(file, index), expected) << name;
  };
  for (const auto& [gguf, openai] : kNames) {
    for (const std::string layer : {"0", "1"}) {
      const std::string name = "blk." + layer + "." + gguf;
      std::vector<float> expected = weights.at("model/h" + layer + "/" + openai);
      const bool is_matrix = std::string_view(openai).ends_with("/w");
      const auto n_rows = static_cast<size_t>(file.tensors()[find_tensor(file, name)].shape[0]);
      if (is_matrix) expected = transposed(expected, n_rows);
      expect_equal(name, expected, is_matrix);
    }
  }
  expect_equal("token_embd.weight", weights.at("model/wte"), true);
  expect_equal("position_embd.weight", weights.at("model/wpe"), false);
  expect_equal("output_norm.weight", weights.at("model/ln_f/g"), false);
  expect_equal("output_norm.bias", weights.at("model/ln_f/b"), false);
}

TEST(Gguf, ReadsEveryFloatTypeOfARealModel) {
  const auto path = [](const char* name) { return test_data("fixtures/gguf") / name; };
  expect_tf1_weights(GgufFile(path("model-f32.gguf")), DType::kFloat32,
                     [](std::vector<float> values) { return values; });
  expect_tf1_weights(GgufFile(path("model-f16.gguf")), DType::kFloat16, rounded_to_float16);
  expect_tf1_weights(GgufFile(path("model-bf16.gguf")), DType::kBFloat16, rounded_to_bfloat16);
}

TEST(Gguf, ShapesAreInNumPysOrder) {
  const GgufFile file(test_data("fixtures/gguf/model-f32.gguf"));
  const auto shape = [&](const char* name) {
    return file.tensors()[find_tensor(file, name)].shape;
  };
  EXPECT_EQ(shape("blk.0.attn_qkv.weight"), (std::vector<int64_t>{144, 48}));
  EXPECT_EQ(shape("token_embd.weight"), (std::vector<int64_t>{400, 48}));
}

TEST(Gguf, GivesItsKeyValues) {
  const GgufFile model(test_data("fixtures/gguf/model-f16.gguf"));
  const nlohmann::json& metadata = model.metadata();
  EXPECT_EQ(metadata["general.architecture"], "gpt2");
  EXPECT_EQ(metadata["gpt2.block_count"], 2);
  EXPECT_EQ(metadata["gpt2.attention.layer_norm_epsilon"].get<float>(), 1e-5f);
  EXPECT_EQ(metadata["tokenizer.ggml.tokens"].size(), 400u);
  EXPECT_EQ(metadata["tokenizer.ggml.tokens"][0], "!");
  EXPECT_FALSE(metadata["tokenizer.ggml.merges"].empty());
  const GgufFile types(test_data("gguf_types/types.gguf"));
  EXPECT_EQ(types.metadata()["test.strings"], (nlohmann::json{"a", "", "é中"}));
  EXPECT_EQ(types.metadata()["test.numbers"], (nlohmann::json{1, -2, 3}));
  EXPECT_EQ(types.metadata()["test.bool"], true);
  EXPECT_EQ(types.metadata()["test.float64"], 0.1);
  EXPECT_EQ(types.metadata()["test.uint64"], uint64_t{1} << 63);
  EXPECT_EQ(types.metadata()["test.int8"], -5);
}

TEST(Gguf, EveryTypeHasTheValuesOfGgmlsOwnPackage) {
  const GgufFile file(test_data("gguf_types/types.gguf"));
  int n_read = 0;
  for (const TensorInfo& tensor : file.tensors()) {
    EXPECT_EQ(tensor.shape, (std::vector<int64_t>{3, 512})) << tensor.name;
    const auto expected_path = test_data("gguf_types/" + tensor.name + ".npy");
    const size_t index = find_tensor(file, tensor.name);
    if (!std::filesystem::exists(expected_path)) {
      std::vector<float> out(tensor.n_items());
      expect_error(ErrorKind::kUnsupported, {tensor.name, "is not read"},
                   [&] { file.read_float32(index, out.data(), {}); });
      continue;
    }
    const NpyArray expected = read_npy(expected_path);
    ASSERT_EQ(expected.dtype, "<f4");
    const std::vector<float> values = read_tensor(file, index);
    ASSERT_EQ(expected.data.size(), values.size() * sizeof(float)) << tensor.name;
    EXPECT_EQ(std::memcmp(expected.data.data(), values.data(), expected.data.size()), 0)
        << tensor.name;
    ++n_read;
  }
  EXPECT_EQ(n_read, 14);
  EXPECT_EQ(file.tensors()[find_tensor(file, "Q4_K")].dtype, DType::kQuantized);
  EXPECT_EQ(file.tensors()[find_tensor(file, "Q4_K")].dtype_text, "Q4_K");
  EXPECT_EQ(file.tensors()[find_tensor(file, "Q4_K")].n_bytes, 6u * 144);
  EXPECT_EQ(file.tensors()[find_tensor(file, "F64")].dtype_text, "float64");
}

TEST(Gguf, LongTensorsAreReadInPieces) {
  constexpr size_t kBlocks = 5000;  // more than the two pieces of 65536 items
  GgufBuilder builder;
  builder.n_data = kBlocks * 34;
  builder.add({"t", {32 * 50, kBlocks / 50}, 8, 0});
  MemoryFile memory;
  memory.write(builder.bytes());
  const GgufFile file(memory.path());
  const std::vector<float> values = read_tensor(file, 0);
  for (const size_t block : {size_t{0}, size_t{2047}, size_t{2048}, kBlocks - 1}) {
    uint16_t bits;
    const std::string data = builder.bytes().substr(builder.bytes().size() - builder.n_data);
    std::memcpy(&bits, data.data() + block * 34, 2);
    const auto item = static_cast<int8_t>(data[block * 34 + 2 + 31]);
    const int exponent = bits >> 10 & 31;
    if (exponent == 31) continue;
    const float d = (bits >> 15 != 0 ? -1.0f : 1.0f) *
                    std::ldexp(static_cast<float>((bits & 1023) + (exponent > 0 ? 1024 : 0)),
                               (exponent > 0 ? exponent : 1) - 25);
    EXPECT_EQ(values[block * 32 + 31], d * static_cast<float>(item)) << block;
  }
}

TEST(Gguf, TheAlignmentKeyIsHonoured) {
  GgufBuilder builder;
  builder.key("general.alignment", 4, little_endian<uint32_t>(256));
  builder.alignment = 256;
  builder.n_data = 256 + 32;
  builder.add({"a", {8}, 0, 0}).add({"b", {8}, 0, 256});
  MemoryFile memory;
  memory.write(builder.bytes());
  const GgufFile file(memory.path());
  float expected[8];
  std::memcpy(expected, builder.bytes().data() + builder.bytes().size() - 32, 32);
  EXPECT_EQ(std::memcmp(read_tensor(file, "b").data(), expected, 32), 0);
  for (const uint32_t wrong : {0u, 3u, 24u}) {
    expect_refused(ErrorKind::kCorrupt, {"general.alignment", "power of two"},
                   GgufBuilder().key("general.alignment", 4, little_endian(wrong)).bytes());
  }
  expect_refused(ErrorKind::kCorrupt, {"general.alignment", "power of two"},
                 GgufBuilder().key("general.alignment", 8, counted("32")).bytes());
}

}  // namespace
}  // namespace gpt2run
