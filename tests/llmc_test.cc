#include "loader/llmc.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/damage.h"
#include "support/expect_error.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

struct Name {
  const char* llmc;
  const char* openai;    // within its layer
  size_t n_columns = 0;  // of OpenAI's matrix, which llm.c has transposed; 0: as it is
};
constexpr Name kLayerNames[] = {
    {"ln1w", "ln_1/g"},
    {"ln1b", "ln_1/b"},
    {"qkvw", "attn/c_attn/w", 144},
    {"qkvb", "attn/c_attn/b"},
    {"attprojw", "attn/c_proj/w", 48},
    {"attprojb", "attn/c_proj/b"},
    {"ln2w", "ln_2/g"},
    {"ln2b", "ln_2/b"},
    {"fcw", "mlp/c_fc/w", 192},
    {"fcb", "mlp/c_fc/b"},
    {"fcprojw", "mlp/c_proj/w", 48},
    {"fcprojb", "mlp/c_proj/b"},
};

constexpr auto read_all = open_and_read_everything<LlmcFile>;

void expect_tf1_weights(const LlmcFile& file, std::vector<float> (*rounded)(std::vector<float>)) {
  const auto& weights = tf1_weights();
  ASSERT_EQ(file.tensors().size(), weights.size());
  for (const Name& name : kLayerNames) {
    for (const std::string layer : {"0", "1"}) {
      std::vector<float> expected = rounded(weights.at("model/h" + layer + "/" + name.openai));
      if (name.n_columns > 0) expected = transposed(expected, name.n_columns);
      EXPECT_EQ(read_tensor(file, std::string(name.llmc) + "." + layer), expected) << name.llmc;
    }
  }
  EXPECT_EQ(read_tensor(file, "wpe"), rounded(weights.at("model/wpe")));
  EXPECT_EQ(read_tensor(file, "lnfw"), rounded(weights.at("model/ln_f/g")));
  EXPECT_EQ(read_tensor(file, "lnfb"), rounded(weights.at("model/ln_f/b")));
  std::vector<float> wte = read_tensor(file, "wte");
  ASSERT_EQ(wte.size(), 512u * 48);
  EXPECT_EQ(std::vector<float>(wte.begin() + 400 * 48, wte.end()), std::vector<float>(112 * 48));
  wte.resize(400 * 48);
  EXPECT_EQ(wte, rounded(weights.at("model/wte")));
}

TEST(Llmc, ReadsFloat32) {
  const LlmcFile file(test_data("fixtures/llmc/model.bin"));
  expect_tf1_weights(file, [](std::vector<float> values) { return values; });
  EXPECT_EQ(file.tensors()[0].name, "wte");
  EXPECT_EQ(file.tensors()[0].shape, (std::vector<int64_t>{512, 48}));
  EXPECT_EQ(file.tensors()[0].dtype, DType::kFloat32);
  const TensorInfo& qkvw = file.tensors()[find_tensor(file, "qkvw.1")];
  EXPECT_EQ(qkvw.shape, (std::vector<int64_t>{144, 48}));
  EXPECT_EQ(qkvw.n_bytes, 144u * 48 * 4);
  EXPECT_EQ(file.tensors()[find_tensor(file, "fcprojw.0")].shape, (std::vector<int64_t>{48, 192}));
  EXPECT_EQ(file.metadata(), (nlohmann::json{{"version", 3},
                                             {"max_seq_len", 64},
                                             {"vocab_size", 400},
                                             {"num_layers", 2},
                                             {"num_heads", 4},
                                             {"channels", 48},
                                             {"padded_vocab_size", 512}}));
}

TEST(Llmc, ReadsBFloat16) {
  const LlmcFile file(test_data("fixtures/llmc/model_bf16.bin"));
  expect_tf1_weights(file, rounded_to_bfloat16);
  EXPECT_EQ(file.tensors()[0].dtype, DType::kBFloat16);
  EXPECT_EQ(file.metadata()["version"], 5);
}

TEST(Llmc, ItIsKnownByItsMagicNumber) {
  EXPECT_TRUE(is_llmc(InputFile(test_data("fixtures/llmc/model.bin"))));
  EXPECT_TRUE(is_llmc(InputFile(test_data("fixtures/bad/llmc_version_1/model.bin"))));
  EXPECT_FALSE(is_llmc(InputFile(test_data("fixtures/llmc/gpt2_tokenizer.bin"))));
  EXPECT_FALSE(is_llmc(InputFile(test_data("fixtures/tf1/model.ckpt.index"))));
}

TEST(Llmc, DamageIsNamed) {
  const auto expect_refused = [](ErrorKind kind, const std::string& folder,
                                 std::initializer_list<std::string> texts) {
    const auto path = test_data("fixtures/bad/" + folder + "/model.bin");
    expect_error(kind, texts, [&] { LlmcFile{path}; });
  };
  expect_refused(ErrorKind::kCorrupt, "llmc_truncated", {"expected", "bytes, as its header says"});
  expect_refused(ErrorKind::kCorrupt, "llmc_magic", {"magic number 20240326"});
  expect_refused(ErrorKind::kUnsupported, "llmc_version_1", {"version 1", "3 (float32)"});
  expect_refused(ErrorKind::kCorrupt, "llmc_negative", {"num_layers", "found -1"});
}

TEST(Llmc, EveryHeaderValueIsCheckedAgainstTheFile) {
  const std::string good = read_bytes(test_data("fixtures/bad/_good_base_llmc/model.bin"));
  MemoryFile file;
  const auto with = [&](size_t field, int32_t value) {
    std::string bytes = good;
    std::memcpy(bytes.data() + 4 * field, &value, 4);
    file.write(bytes);
    return file.path();
  };
  for (size_t field = 2; field <= 7; ++field) {
    for (const int32_t value : {0, -1, INT32_MIN, INT32_MAX}) {
      expect_error(ErrorKind::kCorrupt, {"the header is damaged"},
                   [&] { LlmcFile{with(field, value)}; });
    }
  }
  for (const int32_t version : {0, 1, 2, 4, 6, -3}) {
    expect_error(ErrorKind::kUnsupported, {"version " + std::to_string(version)},
                 [&] { LlmcFile{with(1, version)}; });
  }
  // The largest sizes allowed: a sum that must not overflow.
  for (const size_t field : {2, 4, 6}) {
    const int32_t largest = field == 2 ? 100'000'000 : field == 4 ? 100'000 : 1'000'000;
    expect_error(ErrorKind::kCorrupt, {"as its header says", "the file is cut off"},
                 [&] { LlmcFile{with(field, largest)}; });
  }
  expect_error(ErrorKind::kCorrupt, {"padded_vocab_size", "at least vocab_size 270"},
               [&] { LlmcFile{with(7, 269)}; });
}

TEST(Llmc, NoDamageDoesMoreThanAnErrorOrOtherValues) {
  const std::string good = read_bytes(test_data("fixtures/bad/_good_base_llmc/model.bin"));
  const DamageCounts truncated = with_every_truncation(good, read_all);
  EXPECT_EQ(truncated.n_read, 0u);
  const DamageCounts flipped = with_every_byte_flipped(good, read_all);
  // All of magic, version and sizes but num_heads, which no other number tells, and vocab_size
  // below the padded one.
  EXPECT_GE(flipped.n_refused, 2u * 4 * 6);
  EXPECT_GT(flipped.n_read, flipped.n_refused);
  expect_error(ErrorKind::kCorrupt, {"something was appended"}, [&] {
    MemoryFile file;
    file.write(good + "x");
    LlmcFile{file.path()};
  });
}

}  // namespace
}  // namespace gpt2run
