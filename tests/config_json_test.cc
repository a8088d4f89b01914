#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "loader/model_config.h"
#include "support/expect_error.h"

namespace gpt2run {
namespace {

nlohmann::json config_with(const std::string& key, const nlohmann::json& value) {
  nlohmann::json config = {{"model_type", "gpt2"}, {"vocab_size", 50257}, {"n_positions", 1024},
                           {"n_embd", 768},        {"n_head", 12},        {"n_layer", 12}};
  config[key] = value;
  return config;
}

ModelConfig parse_with(const std::string& key, const nlohmann::json& value) {
  return parse_config_json(config_with(key, value), "config.json");
}

TEST(ConfigJson, WhatItSaysAboutTheNumbersIsHonoured) {
  EXPECT_EQ(parse_with("activation_function", "gelu_new").hparams.activation,
            Activation::kGeluTanh);
  EXPECT_EQ(parse_with("activation_function", "gelu").hparams.activation, Activation::kGeluErf);
  EXPECT_EQ(parse_with("layer_norm_epsilon", 1e-6).hparams.layer_norm_epsilon, 1e-6f);
  EXPECT_EQ(parse_with("n_inner", 1000).hparams.d_mlp(), 1000);
  EXPECT_EQ(parse_with("n_inner", nullptr).hparams.d_mlp(), 3072);
  EXPECT_FALSE(parse_with("scale_attn_weights", false).hparams.scale_attn_weights);
  EXPECT_TRUE(
      parse_with("scale_attn_by_inverse_layer_idx", true).hparams.scale_attn_by_inverse_layer_idx);
  EXPECT_EQ(parse_with("tie_word_embeddings", false).is_tied, false);
  EXPECT_EQ(parse_with("tie_word_embeddings", nullptr).is_tied, std::nullopt);
  EXPECT_EQ(parse_with("reorder_and_upcast_attn", true).hparams.n_layer, 12);
}

TEST(ConfigJson, WhatIsNotComputedIsRefusedByName) {
  const std::pair<const char*, nlohmann::json> refused[] = {
      {"activation_function", "relu"},
      {"add_cross_attention", true},
      {"model_type", "llama"},
      {"quantization_config", {{"load_in_4bit", true}}}};
  for (const auto& [key, value] : refused) {
    expect_error(ErrorKind::kUnsupported, {"config.json: ", key, "expected"},
                 [&, k = std::string(key), v = value] { parse_with(k, v); });
  }
}

TEST(ConfigJson, WhatIsOutOfRangeIsRefusedByKey) {
  for (const char* key : {"vocab_size", "n_positions", "n_embd", "n_head", "n_layer", "n_inner"}) {
    expect_error(ErrorKind::kMismatch, {"config.json: ", key, "found 0"},
                 [&] { parse_with(key, 0); });
  }
  expect_error(ErrorKind::kMismatch, {"n_head", "a divisor of n_embd 768"},
               [] { parse_with("n_head", 5); });
  expect_error(ErrorKind::kMismatch, {"layer_norm_epsilon", "above 0"},
               [] { parse_with("layer_norm_epsilon", 0); });
  expect_error(ErrorKind::kMismatch, {"scale_attn_weights", "true or false"},
               [] { parse_with("scale_attn_weights", 1); });
}

// The first config.json files had n_ctx for n_positions.
TEST(ConfigJson, NCtxStandsInForNPositions) {
  nlohmann::json config = config_with("n_ctx", 64);
  EXPECT_EQ(parse_config_json(config, "config.json").hparams.n_ctx, 1024);
  config.erase("n_positions");
  EXPECT_EQ(parse_config_json(config, "config.json").hparams.n_ctx, 64);
}

}  // namespace
}  // namespace gpt2run
