#include "loader/name_map.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

NameMap read(const std::string& text) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "map.json", text);
  return read_name_map(folder.path() / "map.json");
}

std::string refusal(const std::string& text, std::initializer_list<std::string> words) {
  return expect_error(ErrorKind::kMismatch, words, [&] { read(text); });
}

TEST(NameMap, ReadsRulesWithTheirTransforms) {
  const NameMap map = read(R"j({"rules": [
    {"source": "a.b", "target": "model/wte"},
    {"source": "c", "target": "model/h3/attn/c_attn/w",
     "transform": ["squeeze", "unsqueeze", "transpose", {"slice": [[0, 4], [1, 3]]}, {"pad": [5, 6]}]},
    {"source": "d", "target": "model/wpe", "transform": [], "note": "for people"}]})j");
  ASSERT_EQ(map.rules().size(), 3u);
  EXPECT_EQ(map.find("a.b")->target, "model/wte");
  EXPECT_FALSE(map.find("a.b")->transforms.has_value());
  EXPECT_EQ(transforms_text(*map.find("c")->transforms),
            "squeeze, unsqueeze, transpose, slice [0:4, 1:3], pad [5, 6]");
  EXPECT_TRUE(map.find("d")->transforms->empty());
  EXPECT_EQ(map.find("d")->note, "for people");
  EXPECT_FALSE(map.find("a").has_value());
  EXPECT_FALSE(map.find("a.bc").has_value());
}

TEST(NameMap, APatternFitsWholeNamesAndFillsItsGroupsIn) {
  const NameMap map = read(R"j({"rules": [
    {"pattern": "blocks\\.(\\d+)\\.qkv", "target": "model/h\\1/attn/c_attn/w"},
    {"pattern": "(a)(b)(c)(d)(e)(f)(g)(h)(i)", "target": "\\9\\1\\0"}]
})j");
  EXPECT_EQ(map.find("blocks.11.qkv")->target, "model/h11/attn/c_attn/w");
  EXPECT_TRUE(map.find("blocks.11.qkv")->is_pattern);
  EXPECT_FALSE(map.find("x.blocks.11.qkv").has_value());
  EXPECT_FALSE(map.find("blocks.11.qkv.y").has_value());
  EXPECT_EQ(map.find("abcdefghi")->target, "iaabcdefghi");
}

TEST(NameMap, APatternMayGiveANameOfAnyKind) {
  const NameMap map = read(R"j({"rules": [{"pattern": "my/(.*)", "target": "\\1"}]
})j");
  EXPECT_EQ(map.find("my/transformer.h.0.ln_1.weight")->target, "transformer.h.0.ln_1.weight");
  EXPECT_EQ(map.find("my/global_step")->target, "global_step");
}

TEST(NameMap, TheFirstRuleThatFitsCounts) {
  const NameMap map = read(R"j({"rules": [
    {"source": "x1", "target": "model/wte"},
    {"pattern": "x(\\d)", "target": "model/h\\1/ln_1/g"},
    {"pattern": ".*", "target": "model/wpe"}]
})j");
  EXPECT_EQ(map.find("x1")->target, "model/wte");
  EXPECT_EQ(map.find("x2")->target, "model/h2/ln_1/g");
  EXPECT_EQ(map.find("y")->target, "model/wpe");
}

TEST(NameMap, RefusesWhatIsNoMapWithTheRulesNumber) {
  refusal("[]", {"map.json", "expected a name map"});
  refusal(R"j({"rules": {}})j", {"expected a name map"});
  refusal("{", {"map.json"});
  refusal(R"j({"rules": [{"source": "a", "target": "model/wte"}, 7]})j", {"rule 2", "an object"});
  refusal(R"j({"rules": [{"target": "model/wte"}]})j", {"rule 1", "\"source\""});
  refusal(R"j({"rules": [{"source": 3, "target": "model/wte"}]})j", {"rule 1", "a string"});
  refusal(R"j({"rules": [{"source": "a", "pattern": "b", "target": "model/wte"}]})j", {"both"});
  refusal(R"j({"rules": [{"source": "a", "target": "model/wte", "transfrom": []}]})j",
          {"rule 1", "unknown key transfrom"});
}

TEST(NameMap, RefusesTargetsThatAreNoWeights) {
  for (const char* target : {"", "wte", "model/h/ln_1/g", "model/h01/ln_1/g", "model/h0/ln_3/g",
                             "transformer.wte.weight", "model/wte/Adam"}) {
    refusal(R"j({"rules": [{"source": "a", "target": ")j" + std::string(target) + "\"}]}",
            {"rule 1", "expected a weight of GPT-2"});
  }
}

TEST(NameMap, RefusesPatternsThatCannotBe) {
  refusal(R"j({"rules": [{"pattern": "a(", "target": "model/wte"}]})j", {"rule 1", "pattern"});
  refusal(R"j({"rules": [{"pattern": "a(b)", "target": "model/h\\2/ln_1/g"
}]
})j",
          {"rule 1"});
  refusal(R"j({"rules": [{"pattern": "(a{1000}){1000}", "target": "x"}]})j", {"rule 1", "pattern"});
}

TEST(NameMap, RefusesStepsThatAreNone) {
  for (const char* step :
       {"\"flip\"", "3", "{\"slice\": 3}", "{\"slice\": [[1]]}", "{\"slice\": [[1, 2, 3]]}",
        "{\"slice\": [[0, 1.5]]}", "{\"pad\": [\"4\"]}", "{\"pad\": [1], \"slice\": []}",
        "{\"reshape\": [4]}"}) {
    refusal(R"j({"rules": [{"source": "a", "target": "model/wte", "transform": [)j" +
                std::string(step) + "]}]}",
            {"rule 1", "expected"});
  }
  refusal(R"j({"rules": [{"source": "a", "target": "model/wte", "transform": "squeeze"}]})j",
          {"rule 1", "a list"});
}

TEST(NameMap, AMissingFileIsNotFound) {
  expect_error(ErrorKind::kNotFound, {"none.json"}, [] { read_name_map("none.json"); });
}

TEST(NameMap, ItsTextIsReadBackAsItWas) {
  std::vector<NameRule> rules(3);
  rules[0] = {"quote\" and \\", "model/wte", false, std::nullopt, ""};
  rules[1] = {"h\\.(\\d+)\\.w", "model/h\\1/mlp/c_fc/w", true,
              std::vector<Transform>{{.kind = Transform::kTranspose},
                                     {.kind = Transform::kSlice, .ranges = {{0, 4}, {2, 9}}}},
              "to be checked"};
  rules[2] = {"p", "model/wpe", false,
              std::vector<Transform>{{.kind = Transform::kPad, .shape = {4, 5}}}, ""};
  const std::string text = name_map_text(rules, {{"left", "float32", {3, 4}}});
  const NameMap map = read(text);
  ASSERT_EQ(map.rules().size(), rules.size());
  for (size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(map.rules()[i].source, rules[i].source);
    EXPECT_EQ(map.rules()[i].target, rules[i].target);
    EXPECT_EQ(map.rules()[i].is_pattern, rules[i].is_pattern);
    EXPECT_EQ(map.rules()[i].transforms, rules[i].transforms);
    EXPECT_EQ(map.rules()[i].note, rules[i].note);
  }
  EXPECT_NE(text.find("\"unplaced\": [\n  {\"source\":\"left\""), std::string::npos) << text;
  EXPECT_FALSE(map.find("left").has_value());
}

}  // namespace
}  // namespace gpt2run
