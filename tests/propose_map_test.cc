#include "loader/propose_map.h"

#include <gtest/gtest.h>

#include "loader/layer_numbers.h"
#include "loader/name_distance.h"
#include "loader/unknown_prefix.h"
#include "loader/weight_slots.h"
#include "support/listed_source.h"

namespace gpt2run {
namespace {

using Shape = std::vector<int64_t>;

constexpr Hparams kHparams{.n_vocab = 7, .n_ctx = 5, .n_embd = 4, .n_head = 2, .n_layer = 2};

// Every weight of such a model, in a family's names.
ListedSource whole_model(Family family, const Hparams& hparams = kHparams) {
  ListedSource source;
  const auto add = [&](const std::vector<WeightSlot>& slots) {
    for (const WeightSlot& slot : slots) {
      source.add(family_name(family, slot.name), family_shape(family, slot.name, slot.shape));
    }
  };
  add(model_weights(hparams));
  for (int layer = 0; layer < hparams.n_layer; ++layer) add(block_weights(hparams, layer));
  return source;
}

// The same with other names and shapes.
template <class Edit>
ListedSource edited(const ListedSource& source, const Edit& edit) {
  ListedSource result;
  for (TensorInfo tensor : source.tensors()) {
    edit(tensor);
    result.add(tensor.name, tensor.shape, tensor.dtype);
  }
  return result;
}

MapProposal propose(const ListedSource& source, const Hparams& hparams = kHparams) {
  return propose_name_map(source, map_weights(source), hparams);
}

const NameRule& rule_for(const MapProposal& proposal, const std::string& source) {
  for (const NameRule& rule : proposal.rules) {
    if (rule.source == source) return rule;
  }
  static const NameRule none{"", "no rule", false, std::vector<Transform>{}, ""};
  return none;
}

std::string steps(const NameRule& rule) {
  return transforms_text(*rule.transforms);
}

// What a map makes of a source, as text.
std::string mapped_text(const TensorSource& source, std::vector<NameRule> rules) {
  MapOptions options;
  if (!rules.empty()) options.name_map.emplace(std::move(rules), "map.json");
  const WeightMap map = map_weights(source, options);
  std::string text;
  for (size_t i = 0; i < map.tensors.size(); ++i) {
    text += source.tensors()[i].name + ": " + role_name(map.tensors[i].role) + " " +
            map.tensors[i].weight + " " + transforms_text(map.tensors[i].transforms) + "\n";
  }
  return text;
}

TEST(ProposeMap, WhatIsKnownKeepsItsPlaceInEveryFamily) {
  for (const Family family :
       {Family::kOpenAi, Family::kTfModule, Family::kHfTensorFlow, Family::kHfKeras,
        Family::kHfPyTorch, Family::kLinear, Family::kLlmc, Family::kGguf, Family::kGgml}) {
    const ListedSource source = whole_model(family);
    const MapProposal proposal = propose(source);
    SCOPED_TRACE(family_traits(family).name);
    EXPECT_EQ(proposal.rules.size(), 28u);
    EXPECT_TRUE(proposal.unplaced.empty());
    EXPECT_TRUE(proposal.missing.empty());
    EXPECT_TRUE(proposal.notices.empty()) << proposal.notices.front();
    const std::string expected = mapped_text(source, {});
    EXPECT_EQ(mapped_text(source, proposal.rules), expected);
    const auto patterns = with_patterns(proposal.rules);
    EXPECT_EQ(patterns.size(), 16u);  // 4 of the whole model, 12 kinds
    EXPECT_EQ(mapped_text(source, patterns), expected);
  }
}

TEST(ProposeMap, AMisspelledNameGoesToTheNearest) {
  const ListedSource source = edited(whole_model(Family::kOpenAi), [](TensorInfo& tensor) {
    if (tensor.name == "model/h1/attn/c_attn/w") tensor.name = "model/h1/attn/c_atn/w";
    if (tensor.name == "model/ln_f/b") tensor.name = "model/lnf/b";
  });
  const MapProposal proposal = propose(source);
  EXPECT_EQ(rule_for(proposal, "model/h1/attn/c_atn/w").target, "model/h1/attn/c_attn/w");
  EXPECT_EQ(steps(rule_for(proposal, "model/h1/attn/c_atn/w")), "squeeze");
  EXPECT_NE(rule_for(proposal, "model/lnf/b").note.find("nearest name"), std::string::npos);
  EXPECT_EQ(rule_for(proposal, "model/lnf/b").target, "model/ln_f/b");
  EXPECT_EQ(proposal.notices.size(), 2u);
  EXPECT_TRUE(proposal.missing.empty());
}

// Other words for all names, as another program has them, stored as nn.Linear does.
ListedSource other_program() {
  return edited(whole_model(Family::kLinear), [](TensorInfo& tensor) {
    const auto replace = [&](const std::string& from, const std::string& to) {
      const size_t at = tensor.name.find(from);
      if (at != std::string::npos) tensor.name.replace(at, from.size(), to);
    };
    replace("transformer.h.", "gpt2.layers.");
    replace("transformer.", "gpt2.");
    replace("c_attn", "qkv");
    replace("c_proj", "c_prj");
    replace("c_fc", "fc");
    replace("ln_1", "ln1");
    replace("ln_2", "ln2");
  });
}

TEST(ProposeMap, FindsLayersKindsAndTranspositionOfAnotherProgram) {
  const MapProposal proposal = propose(other_program());
  EXPECT_EQ(rule_for(proposal, "gpt2.wte.weight").target, "model/wte");
  EXPECT_EQ(rule_for(proposal, "gpt2.layers.1.attn.c_prj.weight").target, "model/h1/attn/c_proj/w");
  EXPECT_EQ(rule_for(proposal, "gpt2.layers.1.attn.qkv.weight").target, "model/h1/attn/c_attn/w");
  EXPECT_EQ(rule_for(proposal, "gpt2.layers.0.ln2.bias").target, "model/h0/ln_2/b");
  EXPECT_TRUE(proposal.unplaced.empty()) << proposal.unplaced.front().name;
  for (const char* name : {"attn.qkv", "attn.c_prj", "mlp.fc", "mlp.c_prj"}) {
    EXPECT_EQ(steps(rule_for(proposal, std::string("gpt2.layers.0.") + name + ".weight")),
              "transpose")
        << name;
  }
}

TEST(ProposeMap, AMatrixOfAStrangeNameIsKnownByItsShapeAlone) {
  const ListedSource source = edited(whole_model(Family::kHfPyTorch), [](TensorInfo& tensor) {
    const size_t at = tensor.name.find("attn.c_attn.weight");
    if (at != std::string::npos) tensor.name.replace(at, std::string::npos, "projection_in");
  });
  const MapProposal proposal = propose(source);
  EXPECT_EQ(rule_for(proposal, "transformer.h.1.projection_in").target, "model/h1/attn/c_attn/w");
  EXPECT_NE(rule_for(proposal, "transformer.h.1.projection_in").note.find("of that shape"),
            std::string::npos);
}

TEST(ProposeMap, WhatFitsNowhereIsUnplacedAndWhatIsMissingIsNamed) {
  ListedSource source = edited(whole_model(Family::kOpenAi), [](TensorInfo& tensor) {
    if (tensor.name == "model/h0/ln_1/g") tensor.name = "model/h0/rotary";
  });
  source.add("model/wte/Adam", {7, 4}).add("model/h0/attn/c_atn/w", {9, 9});
  const MapProposal proposal = propose(source);
  ASSERT_EQ(proposal.unplaced.size(), 2u);
  EXPECT_EQ(proposal.unplaced[0].name, "model/h0/rotary");
  EXPECT_EQ(proposal.unplaced[1].shape, (Shape{9, 9}));
  EXPECT_EQ(proposal.missing, (std::vector<std::string>{"model/h0/ln_1/g"}));
}

TEST(ProposeMap, MendsShapes) {
  const ListedSource source = edited(whole_model(Family::kOpenAi), [](TensorInfo& tensor) {
    if (tensor.name == "model/h1/mlp/c_fc/w") tensor.shape = {1, 16, 4};
    if (tensor.name == "model/h0/ln_1/g") tensor.shape = {4, 1, 1};
    if (tensor.name == "model/wte") tensor.shape = {9, 4};
    if (tensor.name == "model/wpe") tensor.shape = {3, 4};
    if (tensor.name == "model/ln_f/g") tensor.shape = {5};
  });
  const MapProposal proposal = propose(source);
  EXPECT_EQ(steps(rule_for(proposal, "model/h1/mlp/c_fc/w")), "squeeze, transpose");
  EXPECT_EQ(steps(rule_for(proposal, "model/h0/mlp/c_fc/w")), "squeeze");
  EXPECT_EQ(steps(rule_for(proposal, "model/h0/ln_1/g")), "squeeze");
  EXPECT_EQ(steps(rule_for(proposal, "model/wte")), "slice [0:7, 0:4]");
  EXPECT_EQ(steps(rule_for(proposal, "model/wpe")), "pad [5, 4]");
  EXPECT_EQ(rule_for(proposal, "model/wpe").note, "padded with zeros from [3, 4] to [5, 4]");
  EXPECT_EQ(proposal.notices,
            (std::vector<std::string>{
                "wte: sliced from [9, 4] to [7, 4]", "wpe: padded with zeros from [3, 4] to [5, 4]",
                "model/ln_f/g: expected a shape that can become [4], found [5]"}));
}

TEST(ProposeMap, WithoutSizesGoesByTheNames) {
  const MapProposal proposal = propose(other_program(), {});
  EXPECT_EQ(rule_for(proposal, "gpt2.wte.weight").target, "model/wte");
  EXPECT_EQ(rule_for(proposal, "gpt2.layers.1.ln1.bias").target, "model/h1/ln_1/b");
}

TEST(ProposeMap, ThousandsOfUnknownNamesAreLeftAlone) {
  ListedSource source;
  for (int i = 0; i < 6000; ++i) source.add("x" + std::to_string(i) + ".weight", {4});
  const MapProposal proposal = propose(source);
  EXPECT_TRUE(proposal.rules.empty());
  EXPECT_EQ(proposal.unplaced.size(), 6000u);
}

TEST(PatternRules, KeepALineForWhatStandsApart) {
  const ListedSource source =
      edited(whole_model(Family::kOpenAi,
                         {.n_vocab = 7, .n_ctx = 5, .n_embd = 4, .n_head = 2, .n_layer = 12}),
             [](TensorInfo& tensor) {
               if (tensor.name == "model/h11/mlp/c_fc/w") {
                 tensor.shape = {1, 16, 4};
               }
             });
  Hparams hparams = kHparams;
  hparams.n_layer = 12;
  const MapProposal proposal = propose(source, hparams);
  const auto patterns = with_patterns(proposal.rules);
  EXPECT_EQ(patterns.size(), 17u);
  EXPECT_EQ(patterns.front().source, "model/wte");
  EXPECT_EQ(patterns[4].source, "model/h11/mlp/c_fc/w");
  EXPECT_FALSE(patterns[4].is_pattern);
  EXPECT_EQ(mapped_text(source, patterns), mapped_text(source, proposal.rules));
}

TEST(UnknownPrefix, IsWhatHidesMostWeights) {
  for (const char* prefix : {"my_scope/", "bert.", "a/b.c/"}) {
    ListedSource source = edited(whole_model(Family::kHfPyTorch),
                                 [&](TensorInfo& tensor) { tensor.name = prefix + tensor.name; });
    source.add("ema.transformer.wte.weight", {7, 4});
    const auto found = find_unknown_prefix(source, map_weights(source));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->prefix, prefix);
    EXPECT_EQ(found->n_weights, 28u);
    const WeightMap map = map_weights(source, without_prefix({}, found->prefix));
    EXPECT_EQ(map.tensors.front().weight, "model/wte");
    EXPECT_EQ(map.tensors.back().role, TensorRole::kOther);
  }
}

TEST(UnknownPrefix, ThereIsNoneWhereNothingIsHidden) {
  ListedSource source = whole_model(Family::kHfPyTorch);
  EXPECT_FALSE(find_unknown_prefix(source, map_weights(source)).has_value());
  source.add("ema.transformer.wte.weight", {7, 4}).add("value.lm_head.weight", {1, 4});
  EXPECT_FALSE(find_unknown_prefix(source, map_weights(source)).has_value());
}

TEST(LayerNumbers, AreThoseThatCountFromZero) {
  const LayerNumbers layers({"gpt2/h0/ln_1/g", "gpt2/h1/ln_1/g", "gpt2/h2/ln_1/g", "gpt2/h0/ln_2/g",
                             "gpt2/h1/ln_2/g", "alone/h7/x", "none"});
  EXPECT_EQ(layers.find("gpt2/h2/ln_1/g")->value, 2);
  EXPECT_EQ(layers.find("gpt2/h1/ln_2/g")->begin, 6u);
  EXPECT_EQ(layers.find("alone/h7/x")->value, 7);
  EXPECT_FALSE(layers.find("none").has_value());
  EXPECT_FALSE(layers.find("other/h1").has_value());
}

TEST(LayerNumbers, AreWrittenInOneWay) {
  EXPECT_EQ(numbers_in("a0b12.007.3").size(), 3u);
  EXPECT_EQ(numbers_in("a0b12.007.3")[1].value, 12);
  EXPECT_TRUE(numbers_in("1234567").empty());
}

TEST(NameDistance, IsToTheNearestSpelling) {
  const auto spellings = spellings_of("model/h3/attn/c_attn/w");
  EXPECT_EQ(name_distance("attn/c_attn/w", std::nullopt, spellings), 0u);
  EXPECT_EQ(name_distance("x/h7/attn.qkv.weight", NumberInName{3, 1, 7}, spellings), 1u);
  EXPECT_EQ(name_distance("x/h7/mlp/c_fc/w", NumberInName{3, 1, 7}, spellings), std::nullopt);
  EXPECT_EQ(name_distance("deep.scope/wte.weight", std::nullopt, spellings_of("model/wte")), 0u);
}

}  // namespace
}  // namespace gpt2run
