#include "loader/ggml_legacy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/damage.h"
#include "support/expect_error.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::string int_bytes(const std::vector<int32_t>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int32_t)};
}

std::string tensor_bytes(const std::string& name, int32_t type,
                         const std::vector<int32_t>& dimensions, const std::string& data) {
  return int_bytes(
             {static_cast<int32_t>(dimensions.size()), static_cast<int32_t>(name.size()), type}) +
         int_bytes(dimensions) + name + data;
}

// A file of a vocabulary of two tokens, and these tensors.
std::string file_bytes(const std::string& tensors, int32_t ftype = 0) {
  return "lmgg" + int_bytes({2, 8, 32, 2, 1, ftype, 2, 1}) + "a" + int_bytes({2}) + "\xff\xfe" +
         tensors;
}

constexpr auto read_all = open_and_read_everything<GgmlLegacyFile>;

void expect_refused(ErrorKind kind, std::initializer_list<std::string> texts,
                    const std::string& bytes) {
  MemoryFile file;
  file.write(bytes);
  expect_error(kind, texts, [&] { GgmlLegacyFile{file.path()}; });
}

// OpenAI's names; the matrices of layers are transposed, as the converter stores them.
void expect_tf1_weights(const GgmlLegacyFile& file, DType matrices,
                        std::vector<float> (*rounded)(std::vector<float>)) {
  EXPECT_EQ(file.tensors().size(), tf1_weights().size());
  for (const auto& [name, values] : tf1_weights()) {
    const size_t index = find_tensor(file, name);
    const TensorInfo& tensor = file.tensors()[index];
    std::vector<float> expected = values;
    const bool is_layers = name.ends_with("/w");
    if (is_layers) expected = transposed(expected, static_cast<size_t>(tensor.shape[0]));
    const bool is_matrix = is_layers || name == "model/wte";
    if (is_matrix) expected = rounded(expected);
    EXPECT_EQ(tensor.dtype, is_matrix ? matrices : DType::kFloat32) << name;
    EXPECT_EQ(read_tensor(file, index), expected) << name;
  }
}

TEST(GgmlLegacy, ReadsTheFileOfTheExample) {
  const GgmlLegacyFile f32(test_data("fixtures/ggml/ggml-model-f32.bin"));
  expect_tf1_weights(f32, DType::kFloat32, [](std::vector<float> values) { return values; });
  EXPECT_EQ(f32.tensors()[find_tensor(f32, "model/h0/attn/c_attn/w")].shape,
            (std::vector<int64_t>{144, 48}));
  const GgmlLegacyFile f16(test_data("fixtures/ggml/ggml-model-f16.bin"));
  expect_tf1_weights(f16, DType::kFloat16, rounded_to_float16);
}

TEST(GgmlLegacy, GivesSizesAndVocabulary) {
  const GgmlLegacyFile file(test_data("fixtures/ggml/ggml-model-f16.bin"));
  nlohmann::json metadata = file.metadata();
  EXPECT_EQ(metadata["vocab"].size(), 400u);
  EXPECT_EQ(metadata["vocab"][0], "!");
  metadata.erase("vocab");
  EXPECT_EQ(metadata, (nlohmann::json{{"n_vocab", 400},
                                      {"n_ctx", 64},
                                      {"n_embd", 48},
                                      {"n_head", 4},
                                      {"n_layer", 2},
                                      {"ftype", 1}}));
  MemoryFile bytes;
  bytes.write(file_bytes(""));
  EXPECT_EQ(GgmlLegacyFile(bytes.path()).metadata()["vocab"][1], "\xff\xfe");
}

TEST(GgmlLegacy, QuantizedTensorsAreReadInTheNewestLayoutOnly) {
  const std::string block = std::string("\x00\x3c", 2) + std::string(16, '\x79');  // scale 1
  const std::string tensor = tensor_bytes("t", 2, {32}, block);
  MemoryFile memory;
  memory.write(file_bytes(tensor, 2002));
  std::vector<float> expected(32, 1.0f);  // 9 - 8 in the low nibbles, 7 - 8 in the high ones
  std::fill(expected.begin() + 16, expected.end(), -1.0f);
  EXPECT_EQ(read_tensor(GgmlLegacyFile(memory.path()), 0), expected);
  expect_refused(ErrorKind::kUnsupported, {"Q4_0", "layout 0", "May 2023"}, file_bytes(tensor, 2));
  expect_refused(ErrorKind::kUnsupported, {"Q4_0", "layout 1"}, file_bytes(tensor, 1002));
}

TEST(GgmlLegacy, EveryNumberIsChecked) {
  const std::string data(32, '\0');
  const auto with_tensor = [&](int32_t rank, int32_t n_name, int32_t type, int32_t size) {
    return file_bytes(int_bytes({rank, n_name, type, size}) + "t" + data);
  };
  read_all([&] {
    static MemoryFile file;
    file.write(with_tensor(1, 1, 0, 8));
    return file.path();
  }());
  for (const int32_t rank : {0, -1, 5, INT32_MAX}) {
    expect_refused(ErrorKind::kCorrupt, {"1 to 4 dimensions"}, with_tensor(rank, 1, 0, 8));
  }
  expect_refused(ErrorKind::kCorrupt, {"bytes for a tensor's name"}, with_tensor(1, -1, 0, 8));
  expect_refused(ErrorKind::kCorrupt, {"empty"}, with_tensor(1, 0, 0, 8));
  expect_refused(ErrorKind::kUnsupported, {"ggml's type 77"}, with_tensor(1, 1, 77, 8));
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "found [-8]"}, with_tensor(1, 1, 0, -8));
  expect_refused(ErrorKind::kCorrupt, {"36 bytes for a tensor's data, found 32"},
                 with_tensor(1, 1, 0, 9));
  expect_refused(ErrorKind::kCorrupt, {"more than 2^63 bytes"},
                 file_bytes(tensor_bytes("t", 0, {INT32_MAX, INT32_MAX, INT32_MAX, 8}, data)));
  const std::string tensor = tensor_bytes("t", 0, {8}, data);
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "stands twice"}, file_bytes(tensor + tensor));
  expect_refused(ErrorKind::kCorrupt, {"n_ctx", "found -1"},
                 "lmgg" + int_bytes({2, -1, 32, 2, 1, 0, 2}));
  expect_refused(ErrorKind::kCorrupt, {"n_vocab's 2 tokens, found 3"},
                 "lmgg" + int_bytes({2, 8, 32, 2, 1, 0, 3}));
  expect_refused(ErrorKind::kCorrupt, {"tokens that fit", "found 99999999"},
                 "lmgg" + int_bytes({99999999, 8, 32, 2, 1, 0, 99999999}));
}

TEST(GgmlLegacy, DamageIsNamed) {
  const auto path = [](const std::string& folder) {
    return test_data("fixtures/bad/" + folder + "/ggml-model-f32.bin");
  };
  expect_error(ErrorKind::kCorrupt, {"bytes for a tensor's data"},
               [&] { GgmlLegacyFile{path("ggml_truncated")}; });
  expect_error(ErrorKind::kCorrupt, {"2147483647 bytes for a token"},
               [&] { GgmlLegacyFile{path("ggml_vocab_len_huge")}; });
  EXPECT_TRUE(is_ggml_legacy(InputFile(path("ggml_truncated"))));
  EXPECT_FALSE(is_ggml_legacy(InputFile(test_data("fixtures/gguf/model-f32.gguf"))));
  expect_refused(ErrorKind::kCorrupt, {"\"lmgg\""}, "ggml");
}

TEST(GgmlLegacy, NoDamageDoesMoreThanAnErrorOrOtherValues) {
  const std::string good = file_bytes(tensor_bytes("model/wte", 1, {32, 2}, std::string(128, 'x')) +
                                          tensor_bytes("model/wpe", 8, {32}, std::string(34, 'y')),
                                      2007);
  const DamageCounts truncated = with_every_truncation(good, read_all);
  EXPECT_EQ(truncated.n_read, 2u);  // at the end of a tensor: nothing says how many there are
  const DamageCounts flipped = with_every_byte_flipped(good, read_all);
  EXPECT_GT(flipped.n_refused, 50u);
  EXPECT_GT(flipped.n_read, 100u);
}

}  // namespace
}  // namespace gpt2run
