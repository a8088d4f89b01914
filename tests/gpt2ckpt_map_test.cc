#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "support/gpt2ckpt_program.h"
#include "support/gpt2run_program.h"
#include "support/source_values.h"
#include "support/test_model.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

class Gpt2ckptMap : public testing::Test {
 protected:
  fs::path map_path() const { return model_.outside() / "map.json"; }

  // Writes the proposed map; what was said on stderr.
  std::string propose(const std::vector<std::string>& flags = {}) {
    std::vector<std::string> arguments = {"map", model_.path()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ProgramResult result = run_gpt2ckpt(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    write_bytes(map_path(), result.out);
    return result.err;
  }

  // The bytes of the logits of some ids.
  std::string logits(const fs::path& model, std::vector<std::string> flags = {},
                     std::string* said = nullptr) {
    const fs::path file = model_.outside() / "logits.npy";
    fs::remove(file);
    std::vector<std::string> arguments = {"logits",    "--model",  model, "--ids",
                                          "7,3,100,3", "--output", file};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ProgramResult result = run_gpt2run(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    if (said != nullptr) *said = result.err;
    return result.exit_code == 0 ? read_bytes(file) : "";
  }
  std::string logits_by_map(std::string* said = nullptr) {
    return logits(model_.path(), {"--name-map", map_path()}, said);
  }

  // Stores a matrix as nn.Linear does, without the axis in front.
  void transpose(const std::string& name) {
    BuiltTensor& tensor = model_.builder.tensor(name);
    const auto n_in = static_cast<size_t>(tensor.shape[1]),
               n_out = static_cast<size_t>(tensor.shape[2]);
    std::vector<float> values(n_in * n_out);
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    tensor.data = float_bytes(transposed(values, n_out));
    tensor.shape = {static_cast<int64_t>(n_out), static_cast<int64_t>(n_in)};
  }

  TestModel model_;
};

TEST_F(Gpt2ckptMap, OfEveryLayoutLoadsTheSame) {
  for (const char* fixture : {"tf1", "tf1_finetuned", "tf1_half", "tf2_object", "hf_safetensors",
                              "hf_noprefix", "hf_safetensors_sharded", "hf_bin", "nanogpt", "npz",
                              "gguf/model-f32.gguf", "llmc/model.bin", "ggml/ggml-model-f32.bin"}) {
    SCOPED_TRACE(fixture);
    if (!is_built_for(fixture)) continue;
    const fs::path model = test_data("fixtures") / fixture;
    const std::string expected = logits(model);
    for (const char* flag : {"--json", "--pattern"}) {
      const ProgramResult map = run_gpt2ckpt({"map", "-q", flag, model});
      EXPECT_EQ(map.exit_code, 0) << map.err;
      EXPECT_EQ(map.err, "");
      EXPECT_FALSE(nlohmann::json::parse(map.out).contains("unplaced"));
      write_bytes(map_path(), map.out);
      EXPECT_TRUE(logits(model, {"--name-map", map_path()}) == expected);
    }
  }
}

TEST_F(Gpt2ckptMap, APatternIsOneLineForAllLayers) {
  model_.write();
  propose();
  EXPECT_EQ(nlohmann::json::parse(read_bytes(map_path()))["rules"].size(), 28u);
  propose({"--pattern"});
  const auto rules = nlohmann::json::parse(read_bytes(map_path()))["rules"];
  EXPECT_EQ(rules.size(), 16u);
  EXPECT_TRUE(std::any_of(rules.begin(), rules.end(), [](const auto& rule) {
    return rule.contains("pattern") && rule["pattern"] == "model/h(\\d+)/attn/c_attn/w" &&
           rule["target"] == "model/h\\1/attn/c_attn/w";
  }));
}

TEST_F(Gpt2ckptMap, AnUnknownPrefixIsTakenAway) {
  model_.write();
  const std::string expected = logits(model_.path());
  model_.put_in_front("my_scope/");
  model_.builder.add("my_scope/global_step", {});
  model_.builder.add("my_scope/model/wte/Adam", {270, 4});
  model_.builder.add("elsewhere/w", {3, 4});
  model_.write();
  for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"--pattern"}}) {
    EXPECT_TRUE(contains(propose(flags), "known without my_scope/ in front"));
    EXPECT_TRUE(logits_by_map() == expected);
  }
  write_bytes(map_path(), R"j({"rules": [{"pattern": "my_scope/(.*)", "target": "\\1"}]})j");
  EXPECT_TRUE(logits_by_map() == expected);
}

TEST_F(Gpt2ckptMap, NamesOfAnotherProgramWithItsTransposedSquares) {
  model_.write();
  const std::string expected = logits(model_.path());
  for (const char* layer : {"model/h0/", "model/h1/"}) {
    for (const char* matrix : {"attn/c_attn/w", "attn/c_proj/w", "mlp/c_fc/w", "mlp/c_proj/w"}) {
      transpose(std::string(layer) + matrix);
    }
  }
  for (BuiltTensor& tensor : model_.builder.tensors) {
    for (const auto& [from, to] : {std::pair<std::string, std::string>{"model/h", "net/block_"},
                                   {"model/", "net/"},
                                   {"c_attn", "qkv"},
                                   {"c_proj", "proj"},
                                   {"c_fc", "fc"}}) {
      const size_t at = tensor.name.find(from);
      if (at != std::string::npos) tensor.name.replace(at, from.size(), to);
    }
  }
  model_.write();
  EXPECT_EQ(run_gpt2run({"logits", "--model", model_.path(), "--ids", "1", "--output",
                         model_.outside() / "x.npy"})
                .exit_code,
            5);
  for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"--pattern"}}) {
    const std::string said = propose(flags);
    EXPECT_TRUE(contains(said, "net/block_0/attn/qkv/w -> model/h0/attn/c_attn/w")) << said;
    EXPECT_TRUE(contains(read_bytes(map_path()), "to be checked"));
    EXPECT_TRUE(logits_by_map() == expected);
  }
}

TEST_F(Gpt2ckptMap, SlicesAndPadsAreSaidAloudHereAndWhenLoading) {
  model_.write();
  const std::string expected = logits(model_.path());
  BuiltTensor& wte = model_.builder.tensor("model/wte");
  wte.shape = {304, 4};
  wte.data += float_bytes(std::vector<float>(34 * 4, 9.0f));
  BuiltTensor& wpe = model_.builder.tensor("model/wpe");
  wpe.shape = {9, 4};
  wpe.data.resize(9 * 16);
  model_.write();
  const std::string said = propose();
  EXPECT_TRUE(contains(said, "wte: sliced from [304, 4] to [270, 4]")) << said;
  EXPECT_TRUE(contains(said, "wpe: padded with zeros from [9, 4] to [16, 4]")) << said;
  std::string said_when_loading;
  EXPECT_TRUE(logits_by_map(&said_when_loading) == expected);
  EXPECT_TRUE(contains(said_when_loading, "model/wte: sliced from [304, 4] to [270, 4]"));
  EXPECT_TRUE(contains(said_when_loading, "padded with zeros from [9, 4] to [16, 4]"));
}

TEST_F(Gpt2ckptMap, WhatCannotBePlacedIsListedAndRefusedWhenLoading) {
  model_.rename("model/h0/ln_1/g", "model/h0/rotary");
  model_.write();
  const std::string said = propose();
  EXPECT_TRUE(contains(said, "model/h0/ln_1/g: no tensor was found for it")) << said;
  const auto map = nlohmann::json::parse(read_bytes(map_path()));
  ASSERT_EQ(map["unplaced"].size(), 1u);
  EXPECT_EQ(map["unplaced"][0]["source"], "model/h0/rotary");
  EXPECT_EQ(map["unplaced"][0]["shape"], nlohmann::json({4}));
  const ProgramResult result =
      run_gpt2run({"logits", "--model", model_.path(), "--ids", "1", "--output",
                   model_.outside() / "x.npy", "--name-map", map_path()});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_TRUE(contains(result.err, "model/h0/ln_1/g: missing")) << result.err;
  EXPECT_TRUE(contains(result.err, "27 of 28 weights are here")) << result.err;
}

TEST_F(Gpt2ckptMap, AMissingWeightIsRefusedOrZeroNeverRandom) {
  BuiltTensor& bias = model_.builder.tensor("model/h1/mlp/c_fc/b");
  bias.data.assign(bias.data.size(), '\0');
  model_.write();
  const std::string expected = logits(model_.path());
  model_.builder.erase("model/h1/mlp/c_fc/b");
  model_.builder.add("model/h1/odd", {2});
  model_.write();
  std::string said;
  const std::string zero =
      logits(model_.path(), {"--allow-missing", "model/h1/*/b", "--skip", "*odd"}, &said);
  EXPECT_TRUE(zero == expected);
  EXPECT_TRUE(contains(said, "1 weight is not here and zero: model/h1/mlp/c_fc/b")) << said;
  EXPECT_TRUE(contains(said, "1 tensor is left out by --skip: model/h1/odd")) << said;
}

TEST_F(Gpt2ckptMap, WithoutHparamsGoesByTheShapes) {
  model_.write();
  fs::remove(model_.path() / "hparams.json");
  EXPECT_TRUE(contains(propose(), "going by the weights' own shapes"));
  EXPECT_EQ(nlohmann::json::parse(read_bytes(map_path()))["rules"].size(), 28u);
}

TEST_F(Gpt2ckptMap, ErrorsAreThoseOfLoading) {
  EXPECT_EQ(run_gpt2ckpt({"map"}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"map", test_data("fixtures/bad/index_html")}).exit_code, 4);
  const ProgramResult result = run_gpt2ckpt({"map", "/no/such/model"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace gpt2run
