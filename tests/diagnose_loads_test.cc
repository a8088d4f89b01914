// Failures of other programs that are none here: what loads, nothing is said of. The numbers are
// those of diagnose_files_test.cc.
#include <gtest/gtest.h>

#include "support/test_model.h"

namespace gpt2run {
namespace {

struct LoadingCase {
  const char* rows;
  const char* fixture;
};

const LoadingCase kCases[] = {
    {"20 23 43: strings, optimizer slots and global_step beside the weights", "tf1_finetuned"},
    {"37: a V1 checkpoint", "tf1_v1format"},
    {"43: variables in slices", "tf1_partitioned"},
    {"43: float16", "tf1_half"},
    {"43: bfloat16", "tf1_bfloat16"},
    {"20: an object graph, a string tensor", "tf2_object"},
    {"28: biases of [1, n]", "hf_h5/tf_model.h5"},
    {"29 33 34: Hugging Face's names, the head stored once", "hf_safetensors"},
    {"30 32: no prefix, causal masks", "hf_noprefix"},
    {"44: shards with their index", "hf_safetensors_sharded"},
    {"32 33: masks, the head beside wte", "hf_bin_legacy/pytorch_model.bin"},
    {"27 31 35: nn.Linear's layout, _orig_mod., a padded vocabulary", "nanogpt/ckpt.pt"},
    {"27 35: llm.c's padding rows", "llmc/model.bin"},
    {"29: GGUF's names", "gguf/model-f32.gguf"},
    {"29: ggml's", "ggml/ggml-model-f32.bin"},
};

TEST(DiagnoseLoads, WhatOtherProgramsFailAt) {
  for (const LoadingCase& loading : kCases) {
    SCOPED_TRACE(loading.rows);
    if (!is_built_for(loading.fixture)) continue;
    LoadRequest request;
    request.model = test_data("fixtures") / loading.fixture;
    // Those that are one file have their vocabulary and sizes elsewhere.
    request.vocab = test_data("fixtures/tf1");
    const bool is_file = std::filesystem::is_regular_file(request.model);
    const bool has_config = std::string(loading.fixture).find("nanogpt") == 0 ||
                            std::string(loading.fixture).find("llmc") == 0;
    if (is_file && !has_config) request.hparams = test_data("fixtures/tf1/hparams.json");
    const auto findings = diagnosed(request);
    EXPECT_TRUE(findings.empty()) << text_of(findings.front());
  }
}

TEST(DiagnoseLoads, Row31_PrefixesThatNest) {
  TestModel model;
  for (BuiltTensor& tensor : model.builder.tensors) tensor.name.erase(0, 6);  // model/
  model.put_in_front("module._orig_mod.module.transformer.");
  model.write();
  EXPECT_TRUE(diagnosed(model.path()).empty());
}

TEST(DiagnoseLoads, Row21_ACounterInAModelWithoutAPrefix) {
  TestModel model;
  for (BuiltTensor& tensor : model.builder.tensors) tensor.name.erase(0, 6);
  model.builder.add("global_step", {}).dtype = 9;
  model.builder.tensor("global_step").data.assign(8, '\0');
  model.write();
  EXPECT_TRUE(diagnosed(model.path()).empty());
}

TEST(DiagnoseLoads, Row35_MoreRowsThanTokens) {
  TestModel model;
  model.builder =
      BundleBuilder({.n_vocab = 304, .n_ctx = 16, .n_embd = 4, .n_head = 2, .n_layer = 2});
  model.write();
  EXPECT_TRUE(diagnosed(model.path()).empty());
}

TEST(DiagnoseLoads, UndamagedBases) {
  for (const char* base :
       {"_good_base_tf1", "_good_base_safetensors", "_good_base_gguf", "_good_base_npz"}) {
    if (!is_built_for(base)) continue;
    const auto findings = diagnosed(test_data("fixtures/bad") / base);
    EXPECT_TRUE(findings.empty()) << base << text_of(findings.front());
  }
}

}  // namespace
}  // namespace gpt2run
