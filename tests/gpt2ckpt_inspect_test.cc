#include <map>

#include "support/bundle_builder.h"
#include "support/gpt2ckpt_program.h"

namespace gpt2run {
namespace {

using nlohmann::json;

std::string fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

json tensor_named(const json& inspection, const std::string& name) {
  for (const json& tensor : inspection["tensors"]) {
    if (tensor["name"] == name) return tensor;
  }
  throw std::logic_error("no tensor " + name);
}

TEST(Gpt2ckptInspect, NamesFormatFamilyAndPrefixOfEveryLayout) {
  struct Layout {
    const char *path, *format, *family, *prefix;
  };
  for (const Layout& layout : {
           Layout{"tf1", "TensorFlow bundle", "OpenAI", "model/"},
           Layout{"tf1_v1format", "TensorFlow V1 checkpoint", "OpenAI", "model/"},
           Layout{"tf2_object", "TensorFlow bundle", "tf.Module", "model/"},
           Layout{"hf_safetensors", "safetensors", "Hugging Face PyTorch", "transformer."},
           Layout{"hf_noprefix", "safetensors", "Hugging Face PyTorch", ""},
           Layout{"hf_safetensors_sharded", "safetensors in shards", "Hugging Face PyTorch",
                  "transformer."},
           Layout{"nanogpt", "PyTorch", "nanoGPT (nn.Linear)", "_orig_mod.transformer."},
           Layout{"llmc/model.bin", "llm.c", "llm.c", ""},
           Layout{"gguf/model-f16.gguf", "GGUF", "GGUF", ""},
           Layout{"ggml/ggml-model-f32.bin", "ggml (before GGUF)", "ggml", "model/"},
       }) {
    const json found = gpt2ckpt_json({"inspect", fixture(layout.path)});
    EXPECT_EQ(found["format"], layout.format) << layout.path;
    EXPECT_EQ(found["family"], layout.family) << layout.path;
    EXPECT_EQ(found["prefix"], layout.prefix) << layout.path;
    EXPECT_EQ(found["config"]["n_embd"], 48) << layout.path;
    EXPECT_EQ(found["config"]["n_head"], 4) << layout.path;
    EXPECT_EQ(found["config"]["problem"], json()) << layout.path;
    EXPECT_GE(found["totals"]["weight"]["tensors"], 28) << layout.path;
  }
}

TEST(Gpt2ckptInspect, SaysOfEachTensorWhatAndWhereItIs) {
  const json found = gpt2ckpt_json({"inspect", fixture("nanogpt")});
  const json matrix = tensor_named(found, "_orig_mod.transformer.h.1.attn.c_attn.weight");
  EXPECT_EQ(matrix["role"], "weight");
  EXPECT_EQ(matrix["weight"], "model/h1/attn/c_attn/w");
  EXPECT_EQ(matrix["transforms"], json::array({"transpose"}));
  EXPECT_EQ(matrix["dtype"], "float32");
  EXPECT_EQ(matrix["shape"], json::array({144, 48}));
  EXPECT_EQ(matrix["bytes"], 144 * 48 * 4);

  const json sharded = gpt2ckpt_json({"inspect", fixture("tf1_sharded")});
  const std::string prefix = fixture("tf1_sharded") + "/model.ckpt.data-0000";
  uint64_t first = 1;
  for (const json& tensor : sharded["tensors"]) {
    EXPECT_TRUE(tensor["file"].get<std::string>().starts_with(prefix)) << tensor;
    first = std::min(first, tensor["offset"].get<uint64_t>());
  }
  EXPECT_EQ(first, 0u);
  EXPECT_EQ(
      tensor_named(gpt2ckpt_json({"inspect", fixture("tf1_partitioned")}), "model/wte")["offset"],
      json());  // it is in three slices
}

TEST(Gpt2ckptInspect, TellsOptimizerSlotsAndBuffersFromWeights) {
  const json tuned = gpt2ckpt_json({"inspect", fixture("tf1_finetuned")});
  EXPECT_EQ(tensor_named(tuned, "model/wte/Adam_1")["role"], "optimizer");
  EXPECT_EQ(tensor_named(tuned, "model/wte/Adam_1")["weight"], json());
  EXPECT_EQ(tensor_named(tuned, "run_name")["role"], "other");
  EXPECT_EQ(tuned["totals"]["weight"]["tensors"], 28);
  EXPECT_EQ(tuned["totals"]["weight"]["parameters"], 78912);
  EXPECT_EQ(tuned["totals"]["weight"]["bytes"], 78912 * 4);
  EXPECT_EQ(tuned["totals"]["optimizer"]["tensors"], 58);  // two a weight, and beta1, beta2
  EXPECT_EQ(tuned["totals"]["other"]["tensors"], 3);
  EXPECT_EQ(tuned["totals"]["all"]["tensors"], 89);

  const json torch = gpt2ckpt_json({"inspect", fixture("hf_bin_legacy")});
  EXPECT_EQ(tensor_named(torch, "transformer.h.0.attn.bias")["role"], "buffer");
  EXPECT_EQ(torch["totals"]["buffer"]["tensors"], 4);
}

TEST(Gpt2ckptInspect, ReadsTheIndexAlone) {
  const TemporaryFolder folder;
  std::filesystem::copy(fixture("tf1/model.ckpt.index"), folder.path() / "lone.index");
  const json found = gpt2ckpt_json({"inspect", folder.path() / "lone.index"});
  EXPECT_EQ(found["totals"]["weight"]["parameters"], 78912);
  EXPECT_EQ(tensor_named(found, "model/wte")["file"],
            (folder.path() / "lone.data-00000-of-00001").string());
  // All but n_head is in the shapes.
  const json& config = found["config"];
  EXPECT_EQ(config["origin"], json());
  EXPECT_TRUE(contains(config["problem"], "hparams.json: not found"));
  EXPECT_EQ(config["n_vocab"], 400);
  EXPECT_EQ(config["n_ctx"], 64);
  EXPECT_EQ(config["n_layer"], 2);
  EXPECT_EQ(config["n_inner"], 192);
  EXPECT_EQ(config["n_head"], json());
  EXPECT_EQ(config["n_head_candidates"].size(), 10u);
}

TEST(Gpt2ckptInspect, ReadsTheReleasesIndex) {
  const auto index = large_test_data("real-bundles/gpt2-124M.index");
  GPT2RUN_NEEDS(index);
  const json found = gpt2ckpt_json({"inspect", index});
  EXPECT_EQ(found["tensors"].size(), 148u);
  EXPECT_EQ(found["totals"]["all"]["parameters"], 124439808);
  EXPECT_EQ(found["totals"]["all"]["bytes"], 497759232);
  EXPECT_EQ(found["config"]["released_size"], "124M");
  EXPECT_EQ(found["config"]["n_head_candidates"][0], 12);
  const ProgramResult text = run_gpt2ckpt({"inspect", index});
  EXPECT_TRUE(contains(text.out, "size     that of 124M\n")) << text.out;
  EXPECT_TRUE(contains(text.out, "do not tell n_head (12 is likely)\n")) << text.out;
  EXPECT_TRUE(contains(text.out, "weight      148  124,439,808  497,759,232\n")) << text.out;
}

TEST(Gpt2ckptInspect, ListsOtherModelsToo) {
  const std::map<std::string, size_t> models = {{"minigo.index", 333}, {"style.index", 92}};
  for (const auto& [name, n_tensors] : models) {
    const auto index = large_test_data("real-bundles/" + name);
    GPT2RUN_NEEDS(index);
    const json found = gpt2ckpt_json({"inspect", index});
    EXPECT_EQ(found["family"], json()) << name;
    EXPECT_EQ(found["tensors"].size(), n_tensors) << name;
    EXPECT_FALSE(found["totals"].contains("weight")) << name;
    EXPECT_TRUE(contains(run_gpt2ckpt({"inspect", index}).out, "none: no tensor here is a weight"));
  }
}

TEST(Gpt2ckptInspect, IsNotHinderedByADamagedConfigOrData) {
  const json config = gpt2ckpt_json({"inspect", fixture("bad/hparams_n_head")});
  EXPECT_TRUE(contains(config["config"]["problem"], "expected a divisor of n_embd"));
  EXPECT_EQ(config["config"]["n_embd"], 4);
  EXPECT_EQ(gpt2ckpt_json({"inspect", fixture("bad/data_truncated_1k")})["tensors"].size(), 28u);
  EXPECT_EQ(gpt2ckpt_json({"inspect", fixture("bad/data_missing")})["tensors"].size(), 28u);
}

TEST(Gpt2ckptInspect, PrintsATableForPeople) {
  const ProgramResult result = run_gpt2ckpt({"inspect", fixture("hf_safetensors_bf16")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(contains(result.out,
                       "\nformat   safetensors\n"
                       "family   Hugging Face PyTorch, prefix transformer.\n"
                       "hparams  n_vocab 400, n_ctx 64, n_embd 48, n_head 4, n_layer 2\n"
                       "from     " +
                           fixture("hf_safetensors_bf16/config.json\n")))
      << result.out;
  EXPECT_TRUE(
      contains(result.out, "transformer.wte.weight              bfloat16  [400, 48]  38,400"))
      << result.out;
  EXPECT_TRUE(contains(result.out,
                       "total   tensors  numbers    bytes\n"
                       "weight       28   78,912  157,824\n"))
      << result.out;
  EXPECT_EQ(result.out.find('\033'), std::string::npos);
}

TEST(Gpt2ckptInspect, GivesValidJsonWhateverThePath) {
  const TemporaryFolder folder;
  const auto odd = folder.path() / "odd\xff\n name";
  std::filesystem::create_directory(odd);
  std::filesystem::copy(fixture("gguf/model-f16.gguf"), odd);
  const json found = gpt2ckpt_json({"inspect", odd});
  EXPECT_TRUE(contains(found["path"], "odd\xEF\xBF\xBD\n name")) << found["path"];
  EXPECT_TRUE(contains(run_gpt2ckpt({"inspect", odd}).out, "odd\\xff\\x0a name"));
}

TEST(Gpt2ckptInspect, ObeysNameMapsAndSkip) {
  const TemporaryFolder folder;
  BundleBuilder builder;
  builder.tensor("model/ln_f/g").name = "last/gain";
  builder.add("model/lora", {2});
  builder.write(folder.path());
  write_bytes(folder.path() / "map.json",
              R"({"rules": [{"source": "last/gain", "target": "model/ln_f/g"}]})");
  const json found = gpt2ckpt_json(
      {"inspect", "--name-map", folder.path() / "map.json", "--skip", "*lora", folder.path()});
  EXPECT_EQ(tensor_named(found, "last/gain")["weight"], "model/ln_f/g");
  EXPECT_EQ(tensor_named(found, "model/lora")["role"], "skipped");
  EXPECT_EQ(tensor_named(gpt2ckpt_json({"inspect", folder.path()}), "model/lora")["role"],
            "unexpected");
}

TEST(Gpt2ckptInspect, RefusesWhatIsNoCheckpoint) {
  EXPECT_EQ(run_gpt2ckpt({"inspect"}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"inspect", fixture("gguf")}).exit_code, 2);
  EXPECT_EQ(run_gpt2ckpt({"inspect", "/nowhere/at/all"}).exit_code, 3);
  const ProgramResult damaged = run_gpt2ckpt({"inspect", fixture("bad/index_bitflip_value")});
  EXPECT_EQ(damaged.exit_code, 4);
  EXPECT_EQ(damaged.out, "");
  EXPECT_TRUE(contains(damaged.err, "fails its checksum")) << damaged.err;
}

}  // namespace
}  // namespace gpt2run
