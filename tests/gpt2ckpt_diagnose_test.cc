#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/gpt2ckpt_program.h"
#include "support/gpt2run_program.h"
#include "support/test_model.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) {
  return shell_quoted(path.string());
}

// Runs shell commands as a person would: with both programs on the PATH, in a folder to write to.
ProgramResult run_in_shell(const fs::path& folder, const std::string& script) {
  return run_program({"/bin/sh", "-e", "-c",
                      "PATH=" + quoted(program("gpt2ckpt").parent_path()) + ":$PATH; cd " +
                          quoted(folder) + "; " + script},
                     "", {"OMP_WAIT_POLICY=passive"});
}

class Gpt2ckptDiagnose : public testing::Test {
 protected:
  nlohmann::json report(int exit_code) {
    return gpt2ckpt_json({"diagnose", "-q", model_.path()}, exit_code);
  }

  // Carries out what is said until the model loads; the last command is tried as it stands.
  void expect_mended_by_commands(int exit_code) {
    const nlohmann::json broken = report(exit_code);
    EXPECT_EQ(run_gpt2run({"--model", model_.path(), "--prompt", "a", "-n", "1"}).exit_code,
              exit_code);
    std::string last;
    for (const nlohmann::json& finding : broken["findings"]) {
      for (const nlohmann::json& command : finding["commands"]) {
        last = command.get<std::string>();
        const ProgramResult result = run_in_shell(model_.outside(), last);
        EXPECT_EQ(result.exit_code, 0) << last << "\n" << result.err;
        if (finding["is_choice"] == true) break;
      }
    }
    if (last.starts_with("gpt2run ")) return;
    const ProgramResult again = run_gpt2ckpt({"diagnose", model_.path()});
    EXPECT_EQ(again.out, "loads\n") << again.out;
  }

  TestModel model_;
};

TEST_F(Gpt2ckptDiagnose, SaysLoadsAndNothingElseOfAGoodCheckpoint) {
  model_.write();
  const ProgramResult result = run_gpt2ckpt({"diagnose", model_.path()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "loads\n");
  EXPECT_EQ(result.err, "");
  const nlohmann::json json = report(0);
  EXPECT_EQ(json["loads"], true);
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_TRUE(json["findings"].empty());
}

TEST_F(Gpt2ckptDiagnose, NumbersWhatItFinds) {
  model_.put_in_front("bert/");
  model_.write();
  fs::remove(model_.path() / "vocab.bpe");
  const ProgramResult result = run_gpt2ckpt({"diagnose", model_.path()});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err, "");
  for (const char* text : {" does not load: 2 findings\n", "\n1. ", "\n2. ", "\n   - ",
                           "\n   what to do: ", "\n       gpt2run --model '"}) {
    EXPECT_TRUE(contains(result.out, text)) << text << "in\n" << result.out;
  }
}

TEST_F(Gpt2ckptDiagnose, TellsProgramsTheSame) {
  model_.put_in_front("bert/");
  model_.write();
  const nlohmann::json json = report(5);
  EXPECT_EQ(json["path"], model_.path().string());
  EXPECT_EQ(json["loads"], false);
  EXPECT_EQ(json["exit_code"], 5);
  ASSERT_EQ(json["findings"].size(), 1u);
  const nlohmann::json& finding = json["findings"][0];
  EXPECT_EQ(finding["kind"], "unknown-prefix");
  EXPECT_EQ(finding["exit_code"], 5);
  EXPECT_EQ(finding["is_choice"], false);
  for (const char* key : {"cause", "remedy"}) EXPECT_NE(finding[key], "") << key;
  EXPECT_EQ(finding["evidence"].size(), 1u);
  EXPECT_EQ(finding["commands"].size(), 2u);
}

TEST_F(Gpt2ckptDiagnose, ItsExitCodeIsThatOfGpt2run) {
  for (const auto& entry : fs::directory_iterator(test_data("fixtures/bad"))) {
    SCOPED_TRACE(entry.path());
    const ProgramResult run =
        run_gpt2run({"--model", entry.path(), "--prompt", "a", "-n", "1", "--quiet"});
    const ProgramResult result = run_gpt2ckpt({"diagnose", "-q", entry.path()});
    EXPECT_EQ(result.exit_code, run.exit_code) << run.err << result.out;
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out == "loads\n", run.exit_code == 0) << result.out;
  }
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsTakeAPrefixAway) {
  model_.put_in_front("my_scope/");
  model_.write();
  expect_mended_by_commands(5);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsRenameWeights) {
  model_.rename("model/h0/attn/c_attn/w", "model/h0/attn/c_atn/w");
  model_.write();
  expect_mended_by_commands(5);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsTransposeAndSqueeze) {
  model_.builder.tensor("model/h1/mlp/c_fc/w").shape = {1, 16, 4};
  model_.builder.tensor("model/h0/ln_1/g").shape = {4, 1, 1};
  model_.write();
  expect_mended_by_commands(5);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsCorrectHparams) {
  model_.builder.hparams = {
      .n_vocab = 50257, .n_ctx = 1024, .n_embd = 8, .n_head = 5, .n_layer = 3};
  model_.write();
  expect_mended_by_commands(5);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsWriteHparams) {
  model_.write();
  fs::remove(model_.path() / "hparams.json");
  expect_mended_by_commands(3);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsMendDamagedHparams) {
  for (const char* json :
       {"n_vocab: 270", R"({"n_vocab": 270, "n_ctx": "x", "n_embd": 4, "n_layer": 2})",
        "{\n  \"n_head\": 3,\n  \"n_vocab\": 270, \"n_ctx\": 16,\n  \"n_embd\": 4,\n  \"n_layer\": "
        "-2\n}",
        R"({"model_type": "gpt2", "vocab_size": 270, "n_positions": 16, "n_embd": 4.5,
            "n_head": 2, "n_layer": 2, "activation_function": "gelu"})"}) {
    SCOPED_TRACE(json);
    model_.write();
    model_.write_hparams(json);
    expect_mended_by_commands(5);
  }
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsKeepTheRestOfAConfig) {
  model_.write();
  model_.write_hparams(R"({"model_type": "gpt2", "vocab_size": 27, "n_positions": 16, "n_embd": 4,
                           "n_head": 2, "n_layer": 2, "layer_norm_epsilon": 0.25})");
  expect_mended_by_commands(5);
  const auto json = nlohmann::json::parse(read_bytes(model_.path() / "hparams.json"));
  EXPECT_EQ(json["vocab_size"], 270);
  EXPECT_EQ(json["layer_norm_epsilon"], 0.25);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsGiveFilesTheirNamesBack) {
  model_.write();
  for (const auto& [name, to] :
       {std::pair{"model.ckpt.index", "model.ckpt(1).index"},
        std::pair{"model.ckpt.data-00000-of-00001", "model.ckpt (1).data-00000-of-00001"},
        std::pair{"hparams.json", "hparams.json.txt"}, std::pair{"vocab.bpe", "vocab(2).bpe"}}) {
    fs::rename(model_.path() / name, model_.path() / to);
  }
  expect_mended_by_commands(3);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsChooseAmongModels) {
  model_.write();
  for (const char* part : {".index", ".data-00000-of-00001"}) {
    fs::copy(model_.path() / (std::string("model.ckpt") + part),
             model_.path() / (std::string("model-7") + part));
  }
  fs::remove(model_.path() / "checkpoint");
  expect_mended_by_commands(2);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsLeaveOutAndLetMiss) {
  model_.builder.add("model/h0/odd [1]*", {9, 2});
  model_.write();
  expect_mended_by_commands(5);
  model_.builder.erase("model/h0/odd [1]*");
  model_.builder.erase("model/h0/mlp/c_fc/b");
  model_.write();
  expect_mended_by_commands(5);
  model_.builder.add("model/h0/mlp/c_fc/b", {16});
  model_.builder.add("wte", {270, 4});
  model_.write();
  expect_mended_by_commands(5);
}

TEST_F(Gpt2ckptDiagnose, ItsCommandsGiveARunTheFilesOfItsBase) {
  model_.write();
  const fs::path base = model_.outside() / "models" / "base";
  fs::create_directories(base);
  for (const char* name : {"encoder.json", "vocab.bpe"}) {
    fs::rename(model_.path() / name, base / name);
  }
  expect_mended_by_commands(3);
}

TEST_F(Gpt2ckptDiagnose, WhatComesFromAFileCannotCommandATerminal) {
  model_.write();
  model_.write_hparams("{\"n_vocab\": \"\\u001b[2J\", \"n_ctx\": \033}");
  const ProgramResult result = run_gpt2ckpt({"diagnose", model_.path()});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_FALSE(contains(result.out, "\033"));
}

TEST_F(Gpt2ckptDiagnose, AskedWronglySaysHow) {
  EXPECT_EQ(run_gpt2ckpt({"diagnose"}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"diagnose", "x", "--no-such-flag"}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"diagnose", "/no/such/folder/model.ckpt"}).exit_code, 3);
}

}  // namespace
}  // namespace gpt2run
