#include "loader/weight_map.h"

#include <gtest/gtest.h>

#include <map>

#include "loader/load_notices.h"
#include "loader/mapped_source.h"
#include "support/expect_error.h"
#include "support/listed_source.h"

namespace gpt2run {
namespace {

using Shape = std::vector<int64_t>;

// A model of one layer, n_embd 4, in PyTorch's names.
ListedSource torch_model(const std::string& prefix, bool is_linear) {
  ListedSource source;
  const auto matrix = [&](const std::string& name, int64_t n_in, int64_t n_out) {
    source.add(prefix + name, is_linear ? Shape{n_out, n_in} : Shape{n_in, n_out});
  };
  source.add(prefix + "wte.weight", {5, 4}).add(prefix + "wpe.weight", {3, 4});
  matrix("h.0.attn.c_attn.weight", 4, 12);
  matrix("h.0.attn.c_proj.weight", 4, 4);
  matrix("h.0.mlp.c_fc.weight", 4, 16);
  matrix("h.0.mlp.c_proj.weight", 16, 4);
  return source;
}

const MappedTensor& tensor_named(const TensorSource& source, const WeightMap& map,
                                 const std::string& name) {
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    if (source.tensors()[i].name == name) return map.tensors[i];
  }
  throw std::logic_error("no " + name);
}

TensorRole role(const TensorInfo& tensor, const MapOptions& options = {}) {
  ListedSource source = torch_model("transformer.", false);
  source.add(tensor.name, tensor.shape, tensor.dtype);
  return map_weights(source, options).tensors.back().role;
}

MapOptions with_rules(std::vector<NameRule> rules) {
  MapOptions options;
  options.name_map.emplace(std::move(rules), "map.json");
  return options;
}

TEST(WeightMap, ASquareMatrixIsTransposedWhereItsSiblingsAre) {
  for (const bool is_linear : {false, true}) {
    const ListedSource source = torch_model("transformer.", is_linear);
    const WeightMap map = map_weights(source);
    EXPECT_EQ(map.family, is_linear ? Family::kLinear : Family::kHfPyTorch);
    for (const char* name : {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"}) {
      const auto& mapped =
          tensor_named(source, map, std::string("transformer.h.0.") + name + ".weight");
      EXPECT_EQ(transforms_text(mapped.transforms), is_linear ? "transpose" : "") << name;
    }
    EXPECT_TRUE(tensor_named(source, map, "transformer.wte.weight").transforms.empty());
  }
}

TEST(WeightMap, OneMatrixThatStandsOtherwiseDoesNotTurnTheRest) {
  ListedSource source = torch_model("", true);
  source.add("h.1.attn.c_attn.weight", {4, 12}).add("h.1.attn.c_proj.weight", {4, 4});
  const WeightMap map = map_weights(source);
  EXPECT_EQ(map.family, Family::kLinear);
  EXPECT_EQ(transforms_text(map.tensors.back().transforms), "transpose");
}

TEST(WeightMap, TheAxisInFrontIsTakenAwayOnlyWhereFamiliesPutOne) {
  ListedSource source;
  source.add("model/wte", {5, 4}).add("model/h0/attn/c_attn/w", {1, 4, 12});
  source.add("model/h0/attn/c_attn/b", {1, 12}).add("model/h0/ln_1/g", {1, 4});
  const WeightMap map = map_weights(source);
  EXPECT_EQ(transforms_text(map.tensors[1].transforms), "squeeze");
  EXPECT_EQ(transforms_text(map.tensors[2].transforms), "squeeze");
  EXPECT_TRUE(map.tensors[3].transforms.empty());
}

TEST(WeightMap, ShowsThePrefixThatMostNamesHave) {
  ListedSource source = torch_model("_orig_mod.transformer.", true);
  source.add("_orig_mod.lm_head.weight", {5, 4});
  const WeightMap map = map_weights(source);
  EXPECT_EQ(map.prefix, "_orig_mod.transformer.");
  EXPECT_EQ(map.tensors.back().weight, "model/lm_head");
}

TEST(WeightMap, TellsWhatIsNoWeight) {
  EXPECT_EQ(role({"transformer.h.0.attn.bias", DType::kFloat32, "", {1, 1, 3, 3}}),
            TensorRole::kBuffer);
  EXPECT_EQ(role({"transformer.h.0.attn.masked_bias", DType::kFloat32, "", {}}),
            TensorRole::kBuffer);
  EXPECT_EQ(role({"optimizer.state.0.exp_avg", DType::kFloat32, "", {4}}), TensorRole::kOptimizer);
  EXPECT_EQ(role({"transformer.wte.weight/Adam", DType::kFloat32, "", {5, 4}}),
            TensorRole::kOptimizer);
  EXPECT_EQ(role({"_CHECKPOINTABLE_OBJECT_GRAPH", DType::kString, "", {}}), TensorRole::kOther);
  EXPECT_EQ(role({"transformer.global_step", DType::kInt64, "", {}}), TensorRole::kOther);
  EXPECT_EQ(role({"score.weight", DType::kFloat32, "", {2, 4}}), TensorRole::kOther);
  EXPECT_EQ(role({"transformer.h.0.attn.bias", DType::kFloat32, "", {12}}),
            TensorRole::kUnexpected);
  EXPECT_EQ(role({"transformer.ln_3.weight", DType::kFloat32, "", {4}}), TensorRole::kUnexpected);
}

TEST(WeightMap, SkipsByTheFilesNamesAndByOpenAis) {
  for (const char* glob : {"transformer.ln_f.*", "model/ln_f/*", "*ln_f.weight"}) {
    MapOptions options;
    options.skip = {"nothing", glob};
    EXPECT_EQ(role({"transformer.ln_f.weight", DType::kFloat32, "", {4}}, options),
              TensorRole::kSkipped);
  }
  EXPECT_TRUE(matches_any("model/h0/ln_1/g", {"model/*/g"}));
  EXPECT_TRUE(matches_any("a[0]", {"a\\[0\\]"}));
  EXPECT_FALSE(matches_any("model/h0/ln_1/g", {"model/h0"}));
}

TEST(WeightMap, TwoTensorsForOneWeightAreRefusedByName) {
  ListedSource source = torch_model("transformer.", false);
  source.add("module.transformer.wte.weight", {5, 4});
  expect_error(ErrorKind::kMismatch,
               {"model/wte", "transformer.wte.weight and module.transformer.wte.weight", "--skip"},
               [&] { map_weights(source); });
  MapOptions options;
  options.skip = {"module.*"};
  EXPECT_NO_THROW(map_weights(source, options));
}

TEST(WeightMap, ANameMapGoesBeforeTheFamilies) {
  ListedSource source = torch_model("transformer.", false);
  source.add("mine", {4});
  const WeightMap map =
      map_weights(source, with_rules({{"mine", "model/ln_f/g", false, std::nullopt, ""},
                                      {"transformer.wpe.weight", "model/lm_head", false,
                                       std::vector<Transform>{}, ""}}));
  EXPECT_EQ(map.tensors.back().weight, "model/ln_f/g");
  EXPECT_TRUE(map.tensors.back().is_by_user);
  EXPECT_EQ(map.tensors[1].weight, "model/lm_head");
  EXPECT_FALSE(map.tensors[0].is_by_user);
}

TEST(WeightMap, APatternThatRenamesLeavesTheLayoutToTheFamily) {
  const ListedSource source = torch_model("bert/", true);
  EXPECT_EQ(map_weights(source).tensors[0].role, TensorRole::kUnexpected);
  const WeightMap map =
      map_weights(source, with_rules({{"bert/(.*)", "\\1", true, std::nullopt, ""}}));
  EXPECT_EQ(map.family, Family::kLinear);
  EXPECT_EQ(map.tensors[0].weight, "model/wte");
  for (size_t i = 2; i < map.tensors.size(); ++i) {
    EXPECT_EQ(transforms_text(map.tensors[i].transforms), "transpose");
  }
}

TEST(WeightMap, WhatIsNoWeightAfterRenamingIsWhatItWouldBeWithoutAMap) {
  ListedSource source = torch_model("x/", false);
  source.add("x/h.0.attn.bias", {1, 1, 3, 3}).add("x/wte.weight/Adam", {5, 4});
  source.add("x/global_step", {}, DType::kInt64).add("x/odd", {4});
  const WeightMap map =
      map_weights(source, with_rules({{"x/(.*)", "transformer.\\1", true, std::nullopt, ""}}));
  const size_t n = map.tensors.size();
  EXPECT_EQ(map.tensors[n - 4].role, TensorRole::kBuffer);
  EXPECT_EQ(map.tensors[n - 3].role, TensorRole::kOptimizer);
  EXPECT_EQ(map.tensors[n - 2].role, TensorRole::kOther);
  EXPECT_EQ(map.tensors[n - 1].role, TensorRole::kUnexpected);
}

TEST(WeightMap, AStepThatCannotBeTakenNamesTheTensor) {
  const ListedSource source = torch_model("", false);
  const NameRule rule{"wte.weight", "model/wte", false,
                      std::vector<Transform>{{.kind = Transform::kPad, .shape = {1, 1}}}, ""};
  expect_error(ErrorKind::kMismatch, {"wte.weight", "pad [1, 1]", "[5, 4]", "name map"},
               [&] { map_weights(source, with_rules({rule})); });
}

TEST(WeightMap, LlmcsPaddingRowsAreDropped) {
  ListedSource source;
  source.add("wte", {128, 4}).add("wpe", {3, 4}).add("qkvw.0", {12, 4});
  source.add("qkvb.0", {12}).add("lnfw", {4}).add("lnfb", {4});
  source.header = {{"vocab_size", 100}};
  const WeightMap map = map_weights(source);
  EXPECT_EQ(map.family, Family::kLlmc);
  EXPECT_EQ(transforms_text(map.tensors[0].transforms), "slice [0:100, 0:4]");
  EXPECT_EQ(transforms_text(map.tensors[2].transforms), "transpose");
}

TEST(MappedSource, GivesTheValuesTransformed) {
  ListedSource source;
  source.add("wte.weight", {3, 2}).add("h.0.attn.c_attn.weight", {6, 2});
  const WeightMap map = map_weights(source);
  const MappedSource mapped(source, map);
  ASSERT_EQ(mapped.tensors()[1].name, "model/h0/attn/c_attn/w");
  EXPECT_EQ(mapped.tensors()[1].shape, (Shape{2, 6}));
  std::vector<float> values(12);
  size_t n_reported = 0;
  mapped.read_float32(1, values.data(), [&](const float*, size_t n) { n_reported += n; });
  EXPECT_EQ(values,
            (std::vector<float>{100, 102, 104, 106, 108, 110, 101, 103, 105, 107, 109, 111}));
  EXPECT_EQ(n_reported, 12u);
}

TEST(LoadNotices, SayWhatIsSkippedSlicedAndLeftAtZero) {
  ListedSource source = torch_model("", false);
  source.add("odd.one", {4}).add("odd.two", {4});
  MapOptions options = with_rules(
      {{"wte.weight", "model/wte", false,
        std::vector<Transform>{{.kind = Transform::kSlice, .ranges = {{0, 2}, {0, 4}}}}, ""}});
  options.skip = {"odd.*"};
  const WeightMap map = map_weights(source, options);
  NameMatch match;
  match.left_at_zero = {"ln_f.weight", "ln_f.bias"};
  EXPECT_EQ(load_notices(MappedSource(source, map), match),
            (std::vector<std::string>{"2 weights are not here and zero: ln_f.weight ln_f.bias",
                                      "wte.weight: sliced from [5, 4] to [2, 4]",
                                      "2 tensors are left out by --skip: odd.one odd.two"}));
}

}  // namespace
}  // namespace gpt2run
