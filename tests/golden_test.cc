// The engine against Hugging Face transformers run in float64, stage by stage: the first stage that
// is off fails.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/generate.h"
#include "engine/gpt2.h"
#include "engine/ops.h"
#include "loader/load_params.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/npy_matrix.h"
#include "support/test_data.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

constexpr float kTolerance = 1e-4f;

Params load(const std::filesystem::path& folder) {
  return load_params(find_model_files(folder));
}

// Columns of a padded wte, beyond the reference's vocabulary, are not compared.
Matrix without_padding(const Matrix& logits, const Matrix& expected) {
  return logits.leftCols(std::min(logits.cols(), expected.cols()));
}

// Asserts inside a function end that function only, hence the return value.
[[nodiscard]] bool agrees(const Matrix& found, const Matrix& expected, const std::string& stage) {
  if (found.rows() != expected.rows() || found.cols() != expected.cols()) {
    ADD_FAILURE() << stage << ": shapes differ";
    return false;
  }
  const float difference = (found - expected).cwiseAbs().maxCoeff();
  EXPECT_LE(difference, kTolerance) << stage;
  return difference <= kTolerance;
}

// What is compared with each instruction set.
class Golden : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Golden);

TEST_P(Golden, EveryStageIsWithin1e4OfTransformersInFloat64) {
  const Params params = load(test_data("fixtures/tf1"));
  for (const std::string n : {"1", "3"}) {
    const auto reference = test_data("fixtures/reference");
    const auto hidden = [&](const std::string& stage) {
      return read_matrix(reference / ("hidden_" + n) / (stage + ".npy"));
    };
    const std::vector<int> ids = read_ids(reference / ("ids_" + n + ".npy"));
    KvCache cache(params);
    Matrix x = embedding(ids, 0, params.wte, params.wpe);
    ASSERT_TRUE(agrees(x, hidden("embed"), "embed"));
    for (int layer = 0; layer < params.hparams.n_layer; ++layer) {
      x = transformer_block(x, params, layer, attend_to(cache.layer(layer)));
      const std::string stage = "block_" + std::to_string(layer);
      ASSERT_TRUE(agrees(x, hidden(stage), stage));
    }
    x = layer_norm(x, params.ln_f, params.hparams.layer_norm_epsilon);
    ASSERT_TRUE(agrees(x, hidden("ln_f"), "ln_f"));
    ASSERT_TRUE(agrees(lm_head(x, params.lm_head),
                       read_matrix(reference / ("logits_" + n + ".npy")), "logits"));
  }
}

struct Case {
  std::filesystem::path model;
  std::filesystem::path reference;
  std::optional<Activation> activation = {};  // nothing: what the checkpoint says
};

Params load(const Case& test) {
  Params params = load(test.model);
  if (test.activation) params.hparams.activation = *test.activation;
  return params;
}

std::vector<Case> cases() {
  const auto fixture = [](const std::string& name) { return test_data("fixtures/" + name); };
  return {{fixture("tf1"), fixture("reference")},
          {fixture("tf1_finetuned"), fixture("reference")},
          {fixture("tf1_sharded"), fixture("reference")},
          {fixture("tf1_partitioned"), fixture("reference")},
          {fixture("tf1_half"), fixture("reference/half")},
          {fixture("tf1_bfloat16"), fixture("reference/bf16")},
          {fixture("tf1_v1format"), fixture("reference")},
          {fixture("tf2_hf"), fixture("reference")},
          {fixture("tf2_object"), fixture("reference")},
          {fixture("hf_safetensors"), fixture("reference")},
          {fixture("hf_noprefix"), fixture("reference")},
          {fixture("hf_safetensors_sharded"), fixture("reference")},
          {fixture("hf_safetensors_bf16"), fixture("reference/bf16")},
          {fixture("llmc/model.bin"), fixture("reference")},
          {fixture("llmc/model_bf16.bin"), fixture("reference/bf16")},
          {fixture("gguf/model-f32.gguf"), fixture("reference")},
          {fixture("gguf/model-f16.gguf"), fixture("reference/w16")},
          {fixture("gguf/model-bf16.gguf"), fixture("reference/wbf16")},
          {fixture("ggml/ggml-model-f32.bin"), fixture("reference")},
          {fixture("ggml/ggml-model-f16.bin"), fixture("reference/w16")},
#ifdef GPT2RUN_HAVE_LIBZIP
          {fixture("hf_bin"), fixture("reference")},
          {fixture("hf_bin_half"), fixture("reference/half")},
          {fixture("npz"), fixture("reference")},
          {fixture("npz_compressed"), fixture("reference/half")},
          {fixture("nanogpt"), fixture("reference/nanogpt_erf")},
#endif
          {fixture("hf_h5"), fixture("reference")},
          {fixture("hf_bin_legacy"), fixture("reference")},
          {fixture("tf1"), fixture("reference/nanogpt_erf"), Activation::kGeluErf},
          {default_model(), default_model() / "reference"}};
}

TEST_P(Golden, LogitsOfEveryLayoutAreWithin1e4OfTransformersInFloat64) {
  for (const Case& test : cases()) {
    const Params params = load(test);
    int n_compared = 0;
    for (int n = 0; n < 4; ++n) {
      const auto path = test.reference / ("logits_" + std::to_string(n) + ".npy");
      if (!std::filesystem::exists(path)) continue;
      const std::vector<int> ids = read_ids(test.reference / ("ids_" + std::to_string(n) + ".npy"));
      KvCache cache(params);
      const Matrix expected = read_matrix(path);
      const Matrix logits = gpt2(ids, params, cache, LogitsOf::kAllRows);
      EXPECT_EQ(logits.cols(), params.hparams.n_vocab);
      ASSERT_TRUE(agrees(without_padding(logits, expected), expected, path.string()));
      ++n_compared;
    }
    EXPECT_GE(n_compared, 3) << test.reference;
  }
}

TEST(GoldenModels, GreedyIdsOfEveryLayoutEqualTransformers) {
  for (const Case& test : cases()) {
    const Params params = load(test);
    const auto path = test.reference / "greedy.json";
    for (const auto& run : parse_json(read_bytes(path), path.string(), ErrorKind::kMismatch)) {
      const auto expected = run["new_ids"].get<std::vector<int>>();
      std::vector<int> found;
      generate(run["ids"].get<std::vector<int>>(), params,
               {.n_tokens = static_cast<int>(expected.size())}, [&](int id) {
                 found.push_back(id);
                 return true;
               });
      EXPECT_EQ(found, expected) << path << " " << run["prompt"];
    }
  }
}

struct Setting {
  std::string name;
  std::function<void(Hparams& hparams)> apply;
};

TEST(GoldenModels, EachSettingOfConfigJsonIsWithin1e4OfTransformersInFloat64) {
  Params params = load(test_data("fixtures/tf1"));
  const Hparams usual = params.hparams;
  const std::vector<int> ids = read_ids(test_data("fixtures/reference/ids_1.npy"));
  const std::vector<Setting> settings = {
      {"epsilon", [](Hparams& h) { h.layer_norm_epsilon = 0.05f; }},
      {"unscaled", [](Hparams& h) { h.scale_attn_weights = false; }},
      {"by_layer", [](Hparams& h) { h.scale_attn_by_inverse_layer_idx = true; }},
      {"unscaled_by_layer", [](Hparams& h) {
         h.scale_attn_weights = false;
         h.scale_attn_by_inverse_layer_idx = true;
       }}};
  for (const Setting& setting : settings) {
    params.hparams = usual;
    setting.apply(params.hparams);
    KvCache cache(params);
    EXPECT_TRUE(agrees(gpt2(ids, params, cache, LogitsOf::kAllRows),
                       read_matrix(test_data("settings/" + setting.name + ".npy")), setting.name));
  }
}

// The model of which the reference took the first columns of c_fc and the first rows of c_proj.
TEST(GoldenModels, AFeedForwardLayerOfAnotherWidthIsWithin1e4OfTransformersInFloat64) {
  const Params whole = load(test_data("fixtures/tf1"));
  Hparams hparams = whole.hparams;
  hparams.n_inner = 100;
  Params params = make_params(hparams);
  params.wte = whole.wte;
  params.wpe = whole.wpe;
  params.ln_f = whole.ln_f;
  params.lm_head = whole.wte;
  for (size_t i = 0; i < whole.blocks.size(); ++i) {
    const Mlp& from = whole.blocks[i].mlp;
    const Mlp to = params.blocks[i].mlp;
    const auto copy = [](const Weight& w, const Weight& out) {
      const Matrix corner = unpacked(w).topLeftCorner(out.n_in, out.n_out);
      pack(corner.data(), MatrixOrder::kInOut, out);
    };
    copy(from.c_fc.w, to.c_fc.w);
    copy(from.c_proj.w, to.c_proj.w);
    std::copy_n(from.c_fc.b.data, hparams.n_inner, to.c_fc.b.data);
    std::copy_n(from.c_proj.b.data, hparams.n_embd, to.c_proj.b.data);
    params.blocks[i] = whole.blocks[i];
    params.blocks[i].mlp = to;
  }
  KvCache cache(params);
  EXPECT_TRUE(agrees(
      gpt2(read_ids(test_data("fixtures/reference/ids_1.npy")), params, cache, LogitsOf::kAllRows),
      read_matrix(test_data("settings/n_inner.npy")), "n_inner"));
}

// picoGPT's own example.
TEST(GoldenModels, The124MReleaseContinuesTheTuringPrompt) {
  const auto model = std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / "124M";
  if (!std::filesystem::exists(model)) {
    GTEST_SKIP() << "models/124M is not here (scripts/download_model.sh 124M fetches it)";
  }
  const Params params = load(model);
  const Tokenizer tokenizer(model);
  const std::vector<int> prompt =
      tokenizer.encode("Alan Turing theorized that computers would one day become");
  std::string text;
  generate(prompt, params, {.n_tokens = 40, .eot = tokenizer.eot()}, [&](int id) {
    text += tokenizer.token_bytes(id);
    return true;
  });
  EXPECT_EQ(text,
            " the most powerful machines on the planet.\n\nThe computer is a machine that can "
            "perform complex calculations, and it can perform these calculations in a way that is "
            "very similar to the human brain.\n");
}

TEST(GoldenModels, TheToyCheckpointOfARealTrainingRunRuns) {
  const auto toy = large_test_data("toy_checkpoint");
  GPT2RUN_NEEDS(toy);
  const Params params = load(toy);
  EXPECT_EQ(params.hparams.n_embd, 15);
  std::vector<int> ids(static_cast<size_t>(params.hparams.n_ctx));
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int>(i * 17 % 356);
  KvCache whole(params), split(params);
  const Matrix logits = gpt2(ids, params, whole, LogitsOf::kAllRows);
  EXPECT_TRUE(logits.allFinite());
  gpt2(std::span(ids).first(7), params, split);
  const Matrix rest = gpt2(std::span(ids).subspan(7), params, split, LogitsOf::kAllRows);
  EXPECT_LE((rest - logits.bottomRows(13)).cwiseAbs().maxCoeff(), 1e-4);
}

}  // namespace
}  // namespace gpt2run
