// What is wrong with names, shapes and sizes. The numbers are those of diagnose_files_test.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "loader/weight_names.h"
#include "support/test_model.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

class DiagnoseNames : public testing::Test {
 protected:
  std::vector<LoadFinding> found() {
    model_.write();
    return diagnosed(model_.path());
  }
  void expect_mismatch(FindingKind kind, const std::vector<std::string>& words) {
    EXPECT_EQ(expect_finding(found(), kind, words).error, ErrorKind::kMismatch);
  }
  template <class Is>
  void erase_if(const Is& is) {
    auto& tensors = model_.builder.tensors;
    tensors.erase(std::remove_if(tensors.begin(), tensors.end(), is), tensors.end());
  }

  TestModel model_;
};

TEST_F(DiagnoseNames, Row18_AMisspelledNameWithTheNearest) {
  model_.rename("model/h0/attn/c_attn/w", "model/h0/attn/c_atn/w");
  expect_mismatch(FindingKind::kRenamedWeights,
                  {"1 missing weight is here by another name", "OpenAI's",
                   "model/h0/attn/c_atn/w is model/h0/attn/c_attn/w", "edit distance 1",
                   "gpt2ckpt map '", " > map.json", "--name-map map.json"});
}

TEST_F(DiagnoseNames, Row18_AnUnknownPrefixWithTheRuleThatTakesItAway) {
  model_.put_in_front("my_scope/");
  expect_mismatch(FindingKind::kUnknownPrefix,
                  {"28 weights have \"my_scope/\" in front",
                   "my_scope/model/h0/attn/c_attn/b would be model/h0/attn/c_attn/b",
                   R"j({"pattern":"my_scope/(.*)","target":"\\1"})j", "--name-map map.json"});
}

TEST_F(DiagnoseNames, Row22_NamesOfAnotherModel) {
  erase_if([](const BuiltTensor&) { return true; });
  for (const char* layer : {"0", "1", "2"}) {
    model_.builder.add(
        std::string("transformer_decoder/layer_") + layer + "/self_attention/q/kernel", {4, 4});
  }
  model_.builder.add("word_embedder/w", {270, 4});
  expect_mismatch(FindingKind::kUnknownNames,
                  {"no name is one of GPT-2's: 4 tensors",
                   "transformer_decoder/layer_N/self_attention/q/kernel  [4, 4] float32 (3)",
                   "word_embedder/w  [270, 4]", "gpt2ckpt map"});
}

TEST_F(DiagnoseNames, Row24_AnotherVocabularysSize) {
  model_.builder.hparams.n_vocab = 8192;
  expect_mismatch(FindingKind::kOtherConfig,
                  {"hparams.json says other sizes", "n_vocab: it says 8192, the weights 270",
                   R"("n_vocab": 270/)", "gpt2ckpt map slice or pad"});
}

TEST_F(DiagnoseNames, Row25_TheWeightsOf124MWithTheHparamsOf355M) {
  model_.builder =
      BundleBuilder({.n_vocab = 270, .n_ctx = 1, .n_embd = 4, .n_head = 2, .n_layer = 12});
  BuiltTensor& wte = model_.builder.tensor("model/wte");
  wte.shape = {270, 768};
  wte.data.assign(270 * 768 * 4, '\0');
  BuiltTensor& wpe = model_.builder.tensor("model/wpe");
  wpe.shape = {1, 768};
  wpe.data.assign(768 * 4, '\0');
  model_.builder.hparams = {
      .n_vocab = 270, .n_ctx = 1, .n_embd = 1024, .n_head = 16, .n_layer = 24};
  const auto findings = found();
  ASSERT_GE(findings.size(), 1u);
  expect_finding({findings[0]}, FindingKind::kOtherConfig,
                 {"n_embd: it says 1024, the weights 768",
                  "the weights have the shape of 124M, it has that of 355M"});
}

TEST_F(DiagnoseNames, Row26_SizesFromTheShapesAndHeadsAsAChoice) {
  model_.write();
  fs::remove(model_.path() / "hparams.json");
  const LoadFinding finding = expect_finding(
      diagnosed(model_.path()), FindingKind::kMissingConfig,
      {"n_vocab 270, n_ctx 16, n_embd 4, n_layer 2", "n_head leaves no trace", "(1, 2, 4)",
       R"(printf '%s\n' '{"n_vocab": 270, "n_ctx": 16, "n_embd": 4, "n_head": 1, "n_layer": 2}')"});
  EXPECT_EQ(finding.error, ErrorKind::kNotFound);
  EXPECT_EQ(finding.n_head_choices, (std::vector<int64_t>{1, 2, 4}));
}

TEST_F(DiagnoseNames, Row26_AWrongKeyIsEditedInItsPlace) {
  model_.write();
  model_.write_hparams(R"({"n_vocab": 270, "n_ctx": 16, "n_embd": "four", "n_layer": 2})");
  expect_finding(diagnosed(model_.path()), FindingKind::kDamagedConfig,
                 {"n_embd", "sed -i -e ", R"(/"n_embd": 4/)", R"({"n_head": 1, )"});
}

TEST_F(DiagnoseNames, Row27_OneMatrixThatStandsTransposed) {
  model_.builder.tensor("model/h1/attn/c_attn/w").shape = {1, 12, 4};
  expect_mismatch(
      FindingKind::kOtherLayout,
      {"model/h1/attn/c_attn/w: [1, 12, 4] fits after: squeeze, transpose", "--name-map map.json"});
}

TEST_F(DiagnoseNames, Row28_AnAxisTooMany) {
  model_.builder.tensor("model/h0/ln_1/g").shape = {4, 1, 1};
  expect_mismatch(FindingKind::kOtherLayout, {"model/h0/ln_1/g: [4, 1, 1] fits after: squeeze"});
}

TEST_F(DiagnoseNames, Row36_SizesAreSaidWithTheirType) {
  BuiltTensor& wpe = model_.builder.tensor("model/wpe");
  wpe.data.resize(wpe.data.size() / 2);
  const LoadFinding finding =
      expect_finding(found(), FindingKind::kDamagedFile,
                     {"model/wpe", "expected 256 bytes for float32 [16, 4], found a size of 128"});
  EXPECT_EQ(finding.error, ErrorKind::kCorrupt);
}

TEST_F(DiagnoseNames, Row41_APartOfACheckpointIsCounted) {
  erase_if([](const BuiltTensor& tensor) { return tensor.name.starts_with("model/h0/mlp"); });
  expect_mismatch(FindingKind::kMissingWeights,
                  {"24 of 28 weights are here", "model/h0/mlp/c_fc/w: missing",
                   "get the whole checkpoint", "--allow-missing model/h0/mlp/c_proj/b"});
  erase_if([](const BuiltTensor& tensor) { return layer_of(tensor.name) == 0; });
  expect_mismatch(FindingKind::kMissingWeights, {"16 of 28 weights are here", "the whole layer"});
}

TEST_F(DiagnoseNames, LayersAtTheEndMayBeMissingOrTooManyInTheConfig) {
  erase_if([](const BuiltTensor& tensor) { return layer_of(tensor.name) == 1; });
  expect_mismatch(FindingKind::kOtherConfig, {"n_layer: it says 2, the weights 1",
                                              "or layers are missing from the checkpoint"});
}

TEST_F(DiagnoseNames, AModelWithoutBiases) {
  erase_if([](const BuiltTensor& tensor) { return tensor.name.ends_with("/b"); });
  expect_mismatch(FindingKind::kMissingWeights, {"no biases", "--allow-missing 'model/*/b'"});
}

TEST_F(DiagnoseNames, TwoTensorsForOneWeight) {
  model_.builder.add("wte", {270, 4});
  expect_mismatch(FindingKind::kDoubleWeights,
                  {"1 weight stands here twice", "model/wte: model/wte and wte", "--skip wte"});
}

TEST_F(DiagnoseNames, TensorsInTheModelsScopeThatAreNoWeights) {
  model_.builder.add("model/h0/rotary", {9, 2});
  expect_mismatch(FindingKind::kUnexpectedTensors,
                  {"1 tensor", "model/h0/rotary: unexpected", "--skip model/h0/rotary"});
}

TEST_F(DiagnoseNames, IntegersForWeights) {
  model_.builder.tensor("model/wpe").dtype = 3;
  expect_mismatch(FindingKind::kOtherType,
                  {"model/wpe", "found int32", "save the model in float32"});
}

TEST_F(DiagnoseNames, AShapeThatNothingMakesRight) {
  BuiltTensor& g = model_.builder.tensor("model/ln_f/g");
  g.shape = {5};
  g.data.assign(20, '\0');
  expect_mismatch(FindingKind::kOtherShape, {"model/ln_f/g: expected shape [4], found [5]"});
}

TEST_F(DiagnoseNames, AllThatIsWrongIsFoundAtOnceInTheOrderOfLoading) {
  model_.put_in_front("bert/");
  model_.rename("bert/model/h1/ln_2/g", "bert/model/h1/ln2/g");
  model_.builder.add("bert/global_step", {});  // float32 here
  model_.write();
  fs::remove(model_.path() / "hparams.json");
  fs::remove(model_.path() / "vocab.bpe");
  const auto findings = diagnosed(model_.path());
  ASSERT_EQ(findings.size(), 4u);
  expect_finding({findings[0]}, FindingKind::kMissingVocabulary, {"vocab.bpe"});
  expect_finding({findings[1]}, FindingKind::kMissingConfig, {});
  expect_finding({findings[2]}, FindingKind::kUnknownPrefix, {"bert/"});
  expect_finding({findings[3]}, FindingKind::kRenamedWeights,
                 {"bert/model/h1/ln2/g is model/h1/ln_2/g"});
}

TEST_F(DiagnoseNames, AVocabularyOfAnotherModel) {
  model_.builder =
      BundleBuilder({.n_vocab = 269, .n_ctx = 16, .n_embd = 4, .n_head = 2, .n_layer = 2});
  expect_mismatch(FindingKind::kOtherVocabulary,
                  {"has 270 tokens, the model rows for 269", "--vocab DIR"});
}

TEST_F(DiagnoseNames, ANameMapThatCannotBeRead) {
  model_.write();
  write_bytes(model_.outside() / "map.json", R"({"rules": [{"source": 1}]})");
  LoadRequest request;
  request.model = model_.path();
  request.name_map = model_.outside() / "map.json";
  expect_finding(diagnosed(request), FindingKind::kNameMap, {"rule 1"});
}

TEST_F(DiagnoseNames, SettingsThatAreNotComputed) {
  for (const auto& [json, word] :
       {std::pair{R"({"model_type": "llama"})", "llama"},
        std::pair{R"({"model_type": "gpt2", "add_cross_attention": true})", "add_cross_attention"},
        std::pair{R"({"model_type": "gpt2", "vocab_size": 270, "n_positions": 16, "n_embd": 4,
                      "n_head": 2, "n_layer": 2, "activation_function": "swish"})",
                  "swish"}}) {
    model_.write();
    model_.write_hparams(json);
    EXPECT_EQ(expect_finding(diagnosed(model_.path()), FindingKind::kUnsupported, {word}).error,
              ErrorKind::kUnsupported);
  }
}

}  // namespace
}  // namespace gpt2run
