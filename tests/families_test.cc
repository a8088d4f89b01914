#include "loader/families.h"

#include <gtest/gtest.h>

#include "loader/weight_slots.h"

namespace gpt2run {
namespace {

constexpr Family kAll[] = {Family::kOpenAi,  Family::kTfModule,  Family::kHfTensorFlow,
                           Family::kHfKeras, Family::kHfPyTorch, Family::kLinear,
                           Family::kLlmc,    Family::kGguf,      Family::kGgml};

std::vector<std::string> weights() {
  const Hparams hparams{.n_vocab = 5, .n_ctx = 3, .n_embd = 4, .n_head = 2, .n_layer = 12};
  std::vector<std::string> names;
  for (const WeightSlot& slot : model_weights(hparams)) names.push_back(slot.name);
  for (const int layer : {0, 1, 11}) {
    for (const WeightSlot& slot : block_weights(hparams, layer)) names.push_back(slot.name);
  }
  return names;
}

std::string weight_of(std::string_view name) {
  const auto known = recognize_name(name);
  return known ? known->weight : "";
}

std::string prefix_of(std::string_view name) {
  const auto known = recognize_name(name);
  return known ? known->prefix : "none";
}

TEST(Families, EachOnesNamesAreKnownAgain) {
  for (const Family family : kAll) {
    for (const std::string& weight : weights()) {
      const std::string name = family_name(family, weight);
      EXPECT_FALSE(name.empty()) << weight;
      EXPECT_EQ(weight_of(name), weight) << name;
    }
  }
}

TEST(Families, SpellAsTheirProgramsDo) {
  const char* const weight = "model/h3/attn/c_attn/w";
  EXPECT_EQ(family_name(Family::kOpenAi, weight), weight);
  EXPECT_EQ(family_name(Family::kTfModule, weight),
            "model/h3/attn/c_attn/w/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(family_name(Family::kHfTensorFlow, weight),
            "transformer/h/3/attn/c_attn/weight/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(family_name(Family::kHfKeras, weight),
            "transformer/tfgpt2lm_head_model/transformer/h_._3/attn/c_attn/weight:0");
  EXPECT_EQ(family_name(Family::kHfPyTorch, weight), "transformer.h.3.attn.c_attn.weight");
  EXPECT_EQ(family_name(Family::kGguf, weight), "blk.3.attn_qkv.weight");
  EXPECT_EQ(family_name(Family::kLlmc, weight), "qkvw.3");
  EXPECT_EQ(family_name(Family::kHfPyTorch, "model/lm_head"), "lm_head.weight");
  EXPECT_EQ(family_name(Family::kLlmc, "model/lm_head"), "");
  EXPECT_EQ(family_name(Family::kHfPyTorch, "model/h3/attn/c_qkv/w"), "");
}

TEST(Families, PrefixesAreTakenAwayUntilNoneIsLeft) {
  EXPECT_EQ(weight_of("module._orig_mod.module.transformer.wte.weight"), "model/wte");
  EXPECT_EQ(prefix_of("module._orig_mod.module.transformer.wte.weight"),
            "module._orig_mod.module.transformer.");
  EXPECT_EQ(weight_of("transformer.transformer.wte.weight"), "model/wte");
  EXPECT_EQ(prefix_of("wte.weight"), "");
  EXPECT_EQ(prefix_of("model/model/wte"), "model/model/");
  EXPECT_EQ(weight_of("tfgpt2lm_head_model_1/transformer/h_._0/ln_1/gamma:0"), "model/h0/ln_1/g");
  EXPECT_EQ(weight_of("my_scope/model/wte"), "");
}

TEST(Families, ALayersNumberIsWrittenInOneWay) {
  EXPECT_EQ(weight_of("model/h10/ln_1/g"), "model/h10/ln_1/g");
  for (const char* name : {"model/h01/ln_1/g", "model/h/ln_1/g", "model/h-1/ln_1/g",
                           "model/h123456789/ln_1/g", "model/h1/ln_1/g/Adam", "model/h1 /ln_1/g"}) {
    EXPECT_EQ(weight_of(name), "") << name;
  }
}

TEST(Families, ShapesAreThoseOfTheLayout) {
  using Shape = std::vector<int64_t>;
  const char* const matrix = "model/h0/mlp/c_fc/w";
  EXPECT_EQ(family_shape(Family::kOpenAi, matrix, {4, 16}), (Shape{1, 4, 16}));
  EXPECT_EQ(family_shape(Family::kHfPyTorch, matrix, {4, 16}), (Shape{4, 16}));
  EXPECT_EQ(family_shape(Family::kLinear, matrix, {4, 16}), (Shape{16, 4}));
  EXPECT_EQ(family_shape(Family::kHfTensorFlow, "model/h0/mlp/c_fc/b", {16}), (Shape{1, 16}));
  EXPECT_EQ(family_shape(Family::kHfTensorFlow, "model/h0/ln_1/b", {4}), (Shape{4}));
  EXPECT_EQ(family_shape(Family::kGguf, "model/wte", {5, 4}), (Shape{5, 4}));
}

}  // namespace
}  // namespace gpt2run
