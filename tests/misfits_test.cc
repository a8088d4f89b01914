#include "loader/misfits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "loader/load_params.h"
#include "loader/nearest_name.h"
#include "loader/weight_names.h"
#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

Params load_built(BundleBuilder& builder, LoadReport* report = nullptr) {
  const TemporaryFolder folder;
  builder.write(folder.path());
  return load_params(find_model_files(folder.path()), WeightType::kFloat32, report);
}

std::string refusal(BundleBuilder& builder, ErrorKind kind,
                    std::initializer_list<std::string> texts) {
  return expect_error(kind, texts, [&] { load_built(builder); });
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Misfits, AllAreReportedAtOnceEachPathOnce) {
  BundleBuilder builder;
  builder.erase("model/h0/ln_1/g");
  builder.tensor("model/h1/mlp/c_fc/w").name = "model/h1/mlp/c_fcc/w";
  builder.tensor("model/wpe").shape = {4, 3};
  builder.tensor("model/ln_f/b").dtype = 3;
  builder.add("model/h0/attn/bias", {1});
  const std::string message =
      refusal(builder, ErrorKind::kMismatch,
              {"(5 misfits)", "\n  model/h0/ln_1/g: missing",
               "\n  model/h1/mlp/c_fc/w: missing; the nearest name here is model/h1/mlp/c_fcc/w",
               "\n  model/wpe: expected shape [3, 4], found [4, 3] (transposed",
               "\n  model/ln_f/b: expected float32, float16 or bfloat16, found int32",
               "\n  model/h0/attn/bias: unexpected"});
  EXPECT_EQ(count(message, "\n"), 5u);
  for (const char* path : {"model/h0/ln_1/g", "model/h1/mlp/c_fc/w", "model/h1/mlp/c_fcc/w",
                           "model/wpe", "model/ln_f/b", "model/h0/attn/bias"}) {
    EXPECT_EQ(count(message, path), 1u) << path;
  }
}

TEST(Misfits, SayWhatHparamsWouldHaveToSay) {
  BundleBuilder builder({.n_vocab = 7, .n_ctx = 3, .n_embd = 4, .n_head = 2, .n_layer = 3});
  builder.hparams = {.n_vocab = 5, .n_ctx = 9, .n_embd = 6, .n_head = 2, .n_layer = 1};
  const std::string message =
      refusal(builder, ErrorKind::kMismatch,
              {"\"n_vocab\": 7 (it says 5), \"n_ctx\": 3 (it says 9), \"n_embd\": 4 (it says 6), "
               "\"n_layer\": 3 (it says 1)",
               "model/h1: unexpected layer (12 tensors)"});
  EXPECT_EQ(count(message, "\n  model/h2"), 1u);
}

TEST(Misfits, NameTheSizeThatTheWeightsHave) {
  BundleBuilder builder({.n_vocab = 2, .n_ctx = 1, .n_embd = 4, .n_head = 2, .n_layer = 12});
  builder.tensor("model/wte").shape = {2, 768};
  builder.tensor("model/wte").data.resize(2 * 768 * 4);
  builder.hparams.n_embd = 1024;
  refusal(builder, ErrorKind::kMismatch, {"\"n_embd\": 768", "the weights have the shape of 124M"});
}

TEST(Misfits, AWhollyMissingLayerIsOneLine) {
  BundleBuilder builder({.n_vocab = 5, .n_ctx = 3, .n_embd = 4, .n_head = 2, .n_layer = 3});
  builder.tensors.erase(
      std::remove_if(builder.tensors.begin(), builder.tensors.end(),
                     [](const BuiltTensor& tensor) { return layer_of(tensor.name) == 1; }),
      builder.tensors.end());
  const std::string message =
      refusal(builder, ErrorKind::kMismatch, {"(1 misfit)", "model/h1: missing: the whole layer"});
  EXPECT_EQ(count(message, "\n"), 1u);
}

TEST(Misfits, WorkDoesNotGrowWithWhatHparamsClaim) {
  BundleBuilder builder;
  builder.hparams.n_layer = 100000;
  refusal(builder, ErrorKind::kMismatch,
          {"(1 misfit)", "model/h2 to model/h99999: missing: 99998 layers", "\"n_layer\": 2"});
  builder.hparams = {
      .n_vocab = 100000000, .n_ctx = 100000000, .n_embd = 1000000, .n_head = 1, .n_layer = 100000};
  refusal(builder, ErrorKind::kMismatch, {"model/wte: expected shape [100000000, 1000000]"});
}

TEST(Misfits, WhatIsNoWeightIsSkippedAndCounted) {
  BundleBuilder builder;
  for (const char* name :
       {"global_step", "beta1_power", "model/beta2_power_1", "model/wte/Adam", "model/wte/Adam_1",
        "model/h0/attn/c_attn/w/adam_m", "model/h0/attn/c_attn/w/adafactor_vr",
        "model/wpe/Momentum", "model/wte/.OPTIMIZER_SLOT/opt/m", "other/wte", "modelx",
        "_global_step"}) {
    builder.add(name, {2});
  }
  BuiltTensor& text = builder.add("model/notes", {});
  text.dtype = 7;
  // The lengths in a string tensor's data are nonsense: nobody reads them.
  text.data = std::string(12, '\xFF');
  LoadReport report;
  load_built(builder, &report);
  EXPECT_EQ(report.n_tensors, 28);
  EXPECT_EQ(report.n_skipped, 13);
  EXPECT_EQ(report.n_bytes_skipped, 12u * 8 + 12);
}

TEST(Misfits, WeightsOfOtherTypesAreRefused) {
  for (const int dtype : {3, 9}) {
    BundleBuilder builder;
    BuiltTensor& wpe = builder.tensor("model/wpe");
    wpe.dtype = dtype;
    wpe.data.resize(dtype == 3 ? 48 : 96);
    refusal(builder, ErrorKind::kMismatch, {"model/wpe: expected float32, float16 or bfloat16"});
  }
  BundleBuilder text;
  text.tensor("model/wte").dtype = 7;
  refusal(text, ErrorKind::kMismatch, {"model/wte: expected float32", "found string"});
  for (const int dtype : {20, 21}) {
    BundleBuilder builder;
    builder.tensor("model/wte").dtype = dtype;
    refusal(builder, ErrorKind::kUnsupported, {"model/wte", dtype == 20 ? "resource" : "variant"});
    BundleBuilder unneeded;
    unneeded.add("iterator", {}).dtype = dtype;
    EXPECT_EQ(load_built(unneeded).hparams.n_embd, 4);
  }
}

TEST(Misfits, OnlyKernelsAndBiasesMayHaveALeadingOne) {
  BundleBuilder builder;
  builder.tensor("model/h0/attn/c_attn/w").shape = {4, 12};
  builder.tensor("model/h0/attn/c_attn/b").shape = {1, 12};
  EXPECT_EQ(load_built(builder).hparams.n_embd, 4);
  builder.tensor("model/wte").shape = {1, 5, 4};
  builder.tensor("model/h0/ln_1/g").shape = {1, 4};
  builder.tensor("model/h0/mlp/c_fc/w").shape = {1, 1, 4, 16};
  refusal(builder, ErrorKind::kMismatch,
          {"(3 misfits)", "model/wte: expected shape [5, 4], found [1, 5, 4]",
           "model/h0/ln_1/g: expected shape [4], found [1, 4]",
           "model/h0/mlp/c_fc/w: expected shape [1, 4, 16], found [1, 1, 4, 16]"});
}

TEST(Misfits, OtherFamiliesOfNamesAreNamed) {
  BundleBuilder builder;
  for (BuiltTensor& tensor : builder.tensors) {
    tensor.name = "transformer_decoder/" + tensor.name.substr(6);
  }
  refusal(builder, ErrorKind::kMismatch,
          {"expected GPT-2's weights under names of a known family", "28 others",
           "transformer_decoder/h0/attn/c_attn/b", "--name-map"});
  builder.tensors.clear();
  refusal(builder, ErrorKind::kMismatch, {"found no tensor at all"});
}

TEST(Misfits, NotFiniteWeightsAreRefusedWithTheirPlace) {
  for (const auto& [value, text] :
       {std::pair(std::numeric_limits<float>::quiet_NaN(), "found NaN"),
        std::pair(-std::numeric_limits<float>::infinity(), "found infinity")}) {
    BundleBuilder builder;
    const std::string bytes = float_bytes({value});
    builder.tensor("model/wte").data.replace(4 * 11, 4, bytes);
    refusal(builder, ErrorKind::kCorrupt, {"model/wte[2, 3]", text});
    builder.partition("model/wte", {0, 1, 4});
    refusal(builder, ErrorKind::kCorrupt, {"model/wte[2, 3]", text});
    BundleBuilder skipped;  // an optimizer's broken slots harm nobody
    skipped.add("model/wte/Adam", {1}).data = bytes;
    EXPECT_EQ(load_built(skipped).hparams.n_embd, 4);
  }
}

TEST(Misfits, HostileNamesOfLayersAreNames) {
  for (const char* name : {"model/h99999999999999999999/ln_1/g", "model/h-1/ln_1/g",
                           "model/h00/ln_1/g", "model/h/ln_1/g", "model/h1", "model/h99999999/x"}) {
    BundleBuilder builder;
    builder.add(name, {1});
    refusal(builder, ErrorKind::kMismatch, {"(1 misfit)", "unexpected"});
  }
}

TEST(NearestName, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("c_attn", "c_atn"), 1u);
  EXPECT_EQ(nearest_name("model/wte", {"model/wpx", "model/wt", "x"}), 1u);
  EXPECT_EQ(nearest_name("model/wte", {"something/else"}), 1u);
  EXPECT_EQ(nearest_name("model/wte", {}), 0u);
}

}  // namespace
}  // namespace gpt2run
