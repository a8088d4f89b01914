#include <algorithm>

#include "support/bundle_builder.h"
#include "support/gpt2ckpt_program.h"

namespace gpt2run {
namespace {

using nlohmann::json;

std::string fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

TEST(Gpt2ckptDiff, FindsTheSameWeightsInEveryLayout) {
  for (const char* name :
       {"tf1_sharded", "tf1_partitioned", "tf1_v1format", "tf2_object", "hf_safetensors",
        "hf_safetensors_sharded", "hf_bin", "hf_bin_legacy", "hf_noprefix", "npz", "llmc/model.bin",
        "gguf/model-f32.gguf", "ggml/ggml-model-f32.bin"}) {
    const json found = gpt2ckpt_json({"diff", fixture("tf1"), fixture(name)});
    EXPECT_EQ(found["equal"], true) << name;
    EXPECT_EQ(found["all"]["different_values"], 0) << name;
    for (const json& tensor : found["tensors"]) {
      EXPECT_EQ(tensor["status"], "bit-equal") << name << tensor;
    }
  }
}

TEST(Gpt2ckptDiff, TellsHowFarRoundedWeightsAreOff) {
  const std::string a = fixture("tf1"), b = fixture("hf_safetensors_bf16");
  const json found = gpt2ckpt_json({"diff", a, b}, 1);
  EXPECT_EQ(found["equal"], false);
  EXPECT_EQ(found["tolerance"], 0.0);
  EXPECT_EQ(found["a"]["family"], "OpenAI");
  EXPECT_EQ(found["b"]["format"], "safetensors");
  EXPECT_EQ(found["tensors"].size(), 28u);
  EXPECT_EQ(found["tensors"][0]["a"]["dtype"], "float32");
  EXPECT_EQ(found["tensors"][0]["b"]["dtype"], "bfloat16");
  EXPECT_GT(found["all"]["max_abs_difference"], 1e-3);
  EXPECT_LT(found["all"]["max_abs_difference"], 4e-3);  // gains near 1, rounded to 8 bits
  EXPECT_LT(found["all"]["mean_abs_difference"], found["all"]["max_abs_difference"]);
  EXPECT_GT(found["all"]["cosine"], 0.99999);
  EXPECT_EQ(gpt2ckpt_json({"diff", "--tolerance", "4e-3", a, b})["equal"], true);
  // The same rounding in two layouts.
  EXPECT_EQ(run_gpt2ckpt({"diff", b, fixture("llmc/model_bf16.bin")}).exit_code, 0);
  EXPECT_EQ(run_gpt2ckpt({"diff", fixture("tf1_half"), fixture("hf_bin_half")}).exit_code, 0);
}

TEST(Gpt2ckptDiff, PrintsATableAndASummary) {
  const ProgramResult same = run_gpt2ckpt({"diff", fixture("tf1"), fixture("hf_bin_legacy")});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_TRUE(contains(same.out, "model/h0/attn/c_attn/w  float32  [48, 144]  bit-equal\n"))
      << same.out;
  EXPECT_TRUE(contains(same.out, "not compared, in B: transformer.h.0.attn.bias (buffer)\n"));
  EXPECT_TRUE(same.out.ends_with("\nequal: 29 tensors, 98,112 numbers, bit by bit\n")) << same.out;

  const ProgramResult other = run_gpt2ckpt({"diff", fixture("tf1"), fixture("bad/_good_base_tf1")});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_EQ(other.err, "");
  EXPECT_TRUE(contains(other.out, "[400, 48], [270, 4]  shapes differ\n")) << other.out;
  EXPECT_TRUE(
      contains(other.out, "\ndiffer: 28 of 28 tensors, 0 numbers; none could be compared\n"))
      << other.out;
}

TEST(Gpt2ckptDiff, WritesInfiniteDifferencesAsNull) {
  const json found =
      gpt2ckpt_json({"diff", fixture("bad/_good_base_tf1"), fixture("bad/nan_weight")}, 1);
  EXPECT_EQ(found["all"]["max_abs_difference"], json());
  EXPECT_EQ(found["all"]["cosine"], json());
  EXPECT_EQ(run_gpt2ckpt({"diff", "--tolerance", "1e30", fixture("bad/_good_base_tf1"),
                          fixture("bad/nan_weight")})
                .exit_code,
            1);
}

TEST(Gpt2ckptDiff, LeavesOutWhatIsSkipped) {
  const TemporaryFolder folder;
  BundleBuilder builder;
  builder.write(folder.path() / "a");
  builder.tensor("model/wpe").data[0] ^= 1;
  builder.write(folder.path() / "b");
  const std::string a = folder.path() / "a", b = folder.path() / "b";
  EXPECT_EQ(run_gpt2ckpt({"diff", a, b}).exit_code, 1);
  EXPECT_EQ(run_gpt2ckpt({"diff", "--skip", "*/wpe", a, b}).exit_code, 0);
}

TEST(Gpt2ckptDiff, RefusesWhatCannotBeCompared) {
  EXPECT_EQ(run_gpt2ckpt({"diff", fixture("tf1")}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"diff", "--tolerance", "-1", fixture("tf1"), fixture("tf1")}).exit_code,
            2);
  EXPECT_EQ(run_gpt2ckpt({"diff", fixture("tf1"), "/nowhere/at/all"}).exit_code, 3);
  const ProgramResult damaged =
      run_gpt2ckpt({"diff", fixture("bad/_good_base_tf1"), fixture("bad/data_bitflip_wte")});
  EXPECT_EQ(damaged.exit_code, 4);
  EXPECT_EQ(damaged.out, "");
  EXPECT_TRUE(contains(damaged.err, "model/wte at byte 2240")) << damaged.err;
}

}  // namespace
}  // namespace gpt2run
