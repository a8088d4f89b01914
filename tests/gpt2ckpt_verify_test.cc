#include <algorithm>

#include "support/bundle_builder.h"
#include "support/gpt2ckpt_program.h"

namespace gpt2run {
namespace {

using nlohmann::json;

std::string fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

// How many findings there are of that level whose text has that part.
int64_t n_findings(const json& report, const std::string& level, const std::string& part = "") {
  const json& findings = report["findings"];
  return std::count_if(findings.begin(), findings.end(), [&](const json& finding) {
    return finding["level"] == level && contains(finding["text"], part);
  });
}

TEST(Gpt2ckptVerify, FindsNothingWrongInWhatTheLibrariesWrote) {
  for (const char* name : {"tf1",
                           "tf1_finetuned",
                           "tf1_sharded",
                           "tf1_partitioned",
                           "tf1_half",
                           "tf1_bfloat16",
                           "tf1_v1format",
                           "tf2_object",
                           "hf_safetensors",
                           "hf_safetensors_bf16",
                           "hf_noprefix",
                           "hf_safetensors_sharded",
                           "hf_bin",
                           "hf_bin_half",
                           "hf_bin_legacy",
                           "nanogpt",
                           "npz",
                           "npz_compressed",
                           "llmc/model.bin",
                           "llmc/model_bf16.bin",
                           "gguf/model-f32.gguf",
                           "gguf/model-bf16.gguf",
                           "ggml/ggml-model-f16.bin"}) {
    const json report = gpt2ckpt_json({"verify", "-q", fixture(name)});
    EXPECT_EQ(report["problems"], 0) << name << report;
    EXPECT_EQ(n_findings(report, "note", "head: "), 1) << name << report;
  }
}

TEST(Gpt2ckptVerify, GivesTheCodeOfWhatIsWrong) {
  struct Damage {
    const char* name;
    int exit_code;
    const char *level, *text;
  };
  for (const Damage& damage : {
           Damage{"data_bitflip_wte", 4, "damage", "model/wte at byte 2240: expected crc32c"},
           Damage{"npz_bitflip", 4, "damage", "member \"model/wte.npy\""},
           Damage{"nan_weight", 4, "damage",
                  "model/h0/mlp/c_proj/w: expected finite numbers, found 1 NaN or infinite, the "
                  "first NaN at [0, 3, 1]"},
           Damage{"inf_weight", 4, "damage", "the first infinity at [1]"},
           Damage{"data_truncated_1k", 4, "damage", "expected at least 6560 bytes"},
           Damage{"hparams_n_ctx", 5, "mismatch", "model/wpe: expected shape [1024, 4]"},
           Damage{"hparams_string", 5, "mismatch", "n_embd: expected an integer"},
           Damage{"var_missing", 5, "mismatch", "missing"},
           Damage{"llmc_version_1", 6, "unsupported", "version 1"},
           Damage{"encoder_duplicate_id", 7, "tokenizer", "id 265: expected one token"},
       }) {
    const json report =
        gpt2ckpt_json({"verify", fixture("bad/" + std::string(damage.name))}, damage.exit_code);
    EXPECT_GE(n_findings(report, damage.level, damage.text), 1) << damage.name << report;
    EXPECT_EQ(report["exit_code"], damage.exit_code) << damage.name;
  }
}

TEST(Gpt2ckptVerify, ShowsAllFindingsAndGivesTheWorstCode) {
  const TemporaryFolder folder;
  BundleBuilder builder;
  builder.hparams.n_ctx = 7;  // a mismatch
  builder.write(folder.path());
  const auto data = folder.path() / "model.ckpt.data-00000-of-00001";
  std::string bytes = read_bytes(data);
  for (const char* name : {"model/h0/ln_1/g", "model/wte"}) {
    bytes[builder.tensor(name).offset] ^= 1;
  }
  write_bytes(data, bytes);
  write_bytes(folder.path() / "encoder.json", "{");
  write_bytes(folder.path() / "vocab.bpe", "#version: 0.2\n");
  const json report = gpt2ckpt_json({"verify", folder.path()}, 4);
  EXPECT_EQ(n_findings(report, "damage"), 2) << report;
  EXPECT_EQ(n_findings(report, "mismatch"), 1) << report;
  EXPECT_EQ(n_findings(report, "tokenizer"), 1) << report;
  EXPECT_EQ(n_findings(report, "note", "would have to say \"n_ctx\": 3 (it says 7)"), 1) << report;
  EXPECT_EQ(report["problems"], 4);

  const ProgramResult text = run_gpt2ckpt({"verify", folder.path()});
  EXPECT_EQ(text.exit_code, 4);
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(static_cast<size_t>(std::count(text.out.begin(), text.out.end(), '\n')),
            report["findings"].size() + 1);
  EXPECT_TRUE(
      text.out.ends_with(": TensorFlow bundle, 28 tensors, 2,112 bytes: 4 problems "
                         "(2 damage, 1 mismatch, 1 tokenizer)\n"))
      << text.out;
}

TEST(Gpt2ckptVerify, HoldsTheVocabularyAgainstTheRowsOfWte) {
  const auto with_vocabulary = [](const char* model, const char* vocab, int exit_code) {
    return gpt2ckpt_json({"verify", "--vocab", fixture(vocab), fixture(model)}, exit_code);
  };
  EXPECT_EQ(n_findings(with_vocabulary("tf1", "tf1", 0), "note", "400 tokens, as many as wte"), 1);
  EXPECT_EQ(n_findings(with_vocabulary("nanogpt", "tf1", 0), "note", "wte has 48 rows more"), 1);
  EXPECT_EQ(n_findings(with_vocabulary("bad/_good_base_tf1", "tf1", 5), "mismatch",
                       "expected at most 270 tokens (the rows of wte), found 400"),
            1);
  const json without = gpt2ckpt_json({"verify", fixture("bad/encoder_missing")});
  EXPECT_EQ(n_findings(without, "warning", "encoder.json: not found"), 1) << without;
}

TEST(Gpt2ckptVerify, SaysWhereAFormatHasNoChecksums) {
  const char* kText = "has no checksums";
  for (const char* name : {"tf1", "tf1_v1format", "npz", "hf_bin", "nanogpt"}) {
    EXPECT_EQ(n_findings(gpt2ckpt_json({"verify", fixture(name)}), "note", kText), 0) << name;
  }
  for (const char* name : {"hf_safetensors", "hf_bin_legacy", "llmc/model.bin"}) {
    EXPECT_EQ(n_findings(gpt2ckpt_json({"verify", fixture(name)}), "note", kText), 1) << name;
  }
}

TEST(Gpt2ckptVerify, LeavesTheUsersMistakesToTheUser) {
  EXPECT_EQ(run_gpt2ckpt({"verify"}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"verify", fixture("gguf")}).exit_code, 2);
  const ProgramResult nowhere = run_gpt2ckpt({"verify", "--json", "/nowhere/at/all"});
  EXPECT_EQ(nowhere.exit_code, 3);
  EXPECT_EQ(nowhere.out, "");
  EXPECT_EQ(run_gpt2ckpt({"verify", fixture("bad/data_missing")}).exit_code, 3);
  EXPECT_EQ(run_gpt2ckpt({"verify", "--hparams", "/nowhere", fixture("tf1")}).exit_code, 3);
}

}  // namespace
}  // namespace gpt2run
