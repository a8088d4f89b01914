#include "loader/write_config.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "support/memory_model.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

TEST(HparamsJsonText, IsWhatOpenAIsFilesAre) {
  EXPECT_EQ(hparams_json_text(fixture_hparams()),
            read_bytes(test_data("fixtures/tf1/hparams.json")));
}

TEST(ConfigJsonText, IsWhatTransformersSaves) {
  const Vocabulary vocabulary = fixture_vocabulary();
  for (const DType dtype : {DType::kFloat32, DType::kBFloat16}) {
    const std::string name = dtype == DType::kFloat32 ? "hf_safetensors" : "hf_safetensors_bf16";
    std::string expected = read_bytes(test_data("fixtures/" + name + "/config.json"));
    // It calls it dtype, and says its own version.
    const std::string line = "  \"dtype\": \"" + std::string(dtype_name(dtype)) + "\",\n";
    expected.erase(expected.find(line), line.size());
    const std::string own = "  \"transformers_version\": \"5.23.0\",\n";
    expected.replace(expected.find(own), own.size(), "  \"torch_" + line.substr(3));
    EXPECT_EQ(config_json_text(fixture_hparams(), true, dtype, end_of_text_id(&vocabulary)),
              expected);
  }
}

TEST(ConfigJsonText, SaysWhatIsNotOpenAIs) {
  Hparams hparams = fixture_hparams();
  hparams.n_inner = 100;
  hparams.activation = Activation::kGeluErf;
  hparams.layer_norm_epsilon = 1e-6f;
  hparams.scale_attn_weights = false;
  hparams.scale_attn_by_inverse_layer_idx = true;
  const std::string text = config_json_text(hparams, false, DType::kFloat16, std::nullopt);
  EXPECT_NE(text.find("\"layer_norm_epsilon\": 1e-06,"), std::string::npos) << text;
  const auto config = nlohmann::json::parse(text);
  EXPECT_EQ(config["n_inner"], 100);
  EXPECT_EQ(config["activation_function"], "gelu");
  EXPECT_EQ(config["scale_attn_weights"], false);
  EXPECT_EQ(config["scale_attn_by_inverse_layer_idx"], true);
  EXPECT_EQ(config["tie_word_embeddings"], false);
  EXPECT_EQ(config["torch_dtype"], "float16");
  EXPECT_TRUE(config["bos_token_id"].is_null());
  EXPECT_TRUE(config["eos_token_id"].is_null());
}

TEST(EndOfTextId, IsThatOfTheToken) {
  Vocabulary vocabulary = fixture_vocabulary();
  EXPECT_EQ(end_of_text_id(&vocabulary), 399);
  vocabulary.tokens.pop_back();
  EXPECT_EQ(end_of_text_id(&vocabulary), std::nullopt);
  EXPECT_EQ(end_of_text_id(nullptr), std::nullopt);
}

// Expects a refusal that names the setting and what it is, once the model was changed so.
void expect_refused(const std::vector<std::string>& texts,
                    const std::function<void(Hparams&, MemoryModel&)>& change) {
  MemoryModel weights = fixture_model();
  Hparams hparams = fixture_hparams();
  change(hparams, weights);
  const std::string message = expect_error(
      ErrorKind::kUnsupported, {"memory-model: ", "the only one in X", "safetensors"}, [&] {
        require_openai_arithmetic({weights, hparams, nullptr}, "X");
      });
  for (const std::string& text : texts) EXPECT_NE(message.find(text), std::string::npos) << message;
}

TEST(RequireOpenAiArithmetic, RefusesEachOtherSettingByName) {
  expect_refused({"n_inner: expected 192", "found 100"},
                 [](Hparams& hparams, MemoryModel&) { hparams.n_inner = 100; });
  expect_refused({"activation_function: expected gelu_new", "found gelu;"},
                 [](Hparams& hparams, MemoryModel&) { hparams.activation = Activation::kGeluErf; });
  expect_refused({"layer_norm_epsilon: expected 1e-05", "found 1e-06"},
                 [](Hparams& hparams, MemoryModel&) { hparams.layer_norm_epsilon = 1e-6f; });
  expect_refused({"scale_attn_weights: expected true", "found false"},
                 [](Hparams& hparams, MemoryModel&) { hparams.scale_attn_weights = false; });
  expect_refused(
      {"scale_attn_by_inverse_layer_idx: expected false", "found true"},
      [](Hparams& hparams, MemoryModel&) { hparams.scale_attn_by_inverse_layer_idx = true; });
  expect_refused({"tie_word_embeddings: expected true", "found a head of its own"},
                 [](Hparams&, MemoryModel& weights) {
                   weights.add("model/lm_head", {400, 48}, std::vector<float>(400 * 48));
                 });
}

TEST(RequireOpenAiArithmetic, TakesOpenAIsHoweverItIsSaid) {
  const MemoryModel weights = fixture_model();
  Hparams hparams = fixture_hparams();
  require_openai_arithmetic({weights, hparams, nullptr}, "X");
  hparams.n_inner = 192;
  require_openai_arithmetic({weights, hparams, nullptr}, "X");
}

}  // namespace
}  // namespace gpt2run
