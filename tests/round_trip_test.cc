// From every layout to every format that is written, and back again: what can be kept is kept, bit
// for bit; what cannot is refused by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "loader/bundle.h"
#include "loader/safetensors.h"
#include "support/conversion.h"
#include "support/expect_error.h"
#include "support/memory_model.h"
#include "support/padded_model.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;
using Formats = std::set<std::string>;

bool can_hold(const std::string& format, DType dtype) {
  if (dtype == DType::kFloat16) return format != "llmc";
  return dtype == DType::kFloat32 || format != "npz";
}

MemoryModel rounded_model(DType dtype) {
  MemoryModel model = fixture_model();
  for (const TensorInfo& info : std::vector<TensorInfo>(model.tensors())) {
    std::vector<float>& values = model.values(info.name);
    if (dtype == DType::kFloat16) values = rounded_to_float16(values);
    if (dtype == DType::kBFloat16) values = rounded_to_bfloat16(values);
  }
  return model;
}

class RoundTripTest : public testing::Test {
 protected:
  // In a folder of its own, for an .npz has files beside it.
  fs::path place(const std::string& name) const { return folder_.path() / name / "model"; }
  static void make_room(const fs::path& to) {
    fs::remove_all(to.parent_path());
    fs::create_directory(to.parent_path());
  }
  void write(const MemoryModel& weights, const fs::path& to, const std::string& format,
             DType dtype = DType::kFloat32) const {
    make_room(to);
    write_model({weights, hparams_, &vocabulary_}, to, target_formats().at(format), dtype);
  }
  fs::path convert(const fs::path& from, const fs::path& to, const std::string& format,
                   DType dtype = DType::kFloat32) const {
    make_room(to);
    return convert_model(from, to, target_formats().at(format), dtype, &vocabulary_);
  }

  // Each pair of formats, from a model that the type holds exactly.
  void expect_all_pairs_equal(DType dtype) const {
    const MemoryModel model = rounded_model(dtype);
    for (const auto& [format, unused] : target_formats()) {
      if (!can_hold(format, dtype)) continue;
      write(model, place("there"), format, dtype);
      const Files expected = files_of(place("there"));
      for (const auto& [between, also_unused] : target_formats()) {
        if (!can_hold(between, dtype)) continue;
        SCOPED_TRACE(format + " to " + between + " and back");
        convert(place("there"), place("between"), between, dtype);
        convert(place("between"), place("back"), format, dtype);
        EXPECT_TRUE(files_of(place("back")) == expected);
      }
    }
  }

  TemporaryFolder folder_{memory_folder()};
  Hparams hparams_ = fixture_hparams();
  Vocabulary vocabulary_ = fixture_vocabulary();
};

TEST_F(RoundTripTest, ThereAndBackIsTheSameToTheByteForEveryPairOfFormats) {
  expect_all_pairs_equal(DType::kFloat32);
}

TEST_F(RoundTripTest, SoItIsInFloat16) {
  expect_all_pairs_equal(DType::kFloat16);
}

TEST_F(RoundTripTest, SoItIsInBFloat16) {
  expect_all_pairs_equal(DType::kBFloat16);
}

std::vector<std::string> layouts() {
  // clang-format off
  std::vector<std::string> all = {
      "tf1", "tf1_finetuned", "tf1_sharded", "tf1_partitioned", "tf1_half", "tf1_bfloat16",
      "tf1_v1format", "tf2_hf", "tf2_object", "hf_safetensors", "hf_noprefix",
      "hf_safetensors_sharded", "hf_safetensors_bf16", "hf_bin_legacy", "hf_h5", "llmc/model.bin",
      "llmc/model_bf16.bin", "gguf/model-f32.gguf", "gguf/model-f16.gguf", "gguf/model-bf16.gguf",
      "ggml/ggml-model-f32.bin", "ggml/ggml-model-f16.bin"};
  // clang-format on
#ifdef GPT2RUN_HAVE_LIBZIP
  for (const char* name : {"hf_bin", "hf_bin_half", "npz", "npz_compressed"}) all.push_back(name);
#endif
  return all;
}

TEST_F(RoundTripTest, EveryLayoutKeepsItsValuesInEveryFormat) {
  for (const std::string& layout : layouts()) {
    const fs::path source = test_data("fixtures/" + layout);
    const ModelValues expected = model_values(source);
    for (const auto& [format, unused] : target_formats()) {
      SCOPED_TRACE(layout + " to " + format);
      expect_same_model(model_values(convert(source, place("to"), format)), expected);
    }
  }
}

TEST_F(RoundTripTest, Tf1ToSafetensorsAndBackGivesTensorFlowsOwnFiles) {
  const std::pair<const char*, DType> cases[] = {
      {"tf1", DType::kFloat32}, {"tf1_half", DType::kFloat16}, {"tf1_bfloat16", DType::kBFloat16}};
  for (const auto& [name, dtype] : cases) {
    const fs::path source = test_data("fixtures") / name;
    convert(source, place("between"), "safetensors", dtype);
    convert(place("between"), place("back"), "tf1", dtype);
    const Files found = files_of(place("back"));
    for (const char* file : {"model.ckpt.data-00000-of-00001", "model.ckpt.index", "checkpoint",
                             "encoder.json", "vocab.bpe"}) {
      EXPECT_TRUE(found.at(file) == read_bytes(source / file)) << name << " " << file;
    }
  }
}

TEST_F(RoundTripTest, LlmcFromTensorFlowIsWhatItsOwnWriterWrote) {
  convert(test_data("fixtures/tf1"), place("f32"), "llmc");
  EXPECT_TRUE(read_bytes(place("f32")) == read_bytes(test_data("fixtures/llmc/model.bin")));
  convert(test_data("fixtures/tf1"), place("bf16"), "llmc", DType::kBFloat16);
  EXPECT_TRUE(read_bytes(place("bf16")) == read_bytes(test_data("fixtures/llmc/model_bf16.bin")));
}

TEST_F(RoundTripTest, APaddedWteKeepsItsRowsAndItsVocabulary) {
  const fs::path source = folder_.path() / "padded";
  write_padded_model(source);
  const ModelValues expected = model_values(source);
  ASSERT_EQ(expected.vocabulary->tokens.size(), size_t{kPaddedModelTokens});
  vocabulary_ = *expected.vocabulary;
  for (const auto& [format, unused] : target_formats()) {
    SCOPED_TRACE(format);
    // The end of the text is not among the first tokens, and llama.cpp wants one.
    if (format == "gguf") {
      expect_error(ErrorKind::kUnsupported, {"expected the token <|endoftext|>, found none"},
                   [&] { convert(source, place("to"), format); });
      continue;
    }
    const ModelValues found = model_values(convert(source, place("to"), format));
    expect_same_model(found, expected);
    if (found.vocabulary) {
      EXPECT_EQ(found.vocabulary->tokens, expected.vocabulary->tokens);
      EXPECT_EQ(found.vocabulary->merges, expected.vocabulary->merges);
    }
  }
}

// llama.cpp wants a token for each row; the rows past nanoGPT's vocabulary have none of their own.
TEST_F(RoundTripTest, RowsWithoutATokenComeBackFromGgufWithoutOne) {
  hparams_.n_vocab = 448;
  MemoryModel model = fixture_model();
  std::vector<float> wte = model.values("model/wte");
  wte.resize(448 * 48, 0.25f);
  model.erase("model/wte");
  model.add("model/wte", {448, 48}, wte);
  write(model, place("gguf"), "gguf");
  convert(place("gguf"), place("tf1"), "tf1");
  const ModelValues found = model_values(place("tf1"));
  EXPECT_EQ(found.hparams.n_vocab, 448);
  EXPECT_EQ(found.weights.at("model/wte"), wte);
  EXPECT_EQ(found.vocabulary->tokens, vocabulary_.tokens);
}

// What a model can have besides OpenAI's arithmetic, and which formats can say so.
struct Feature {
  const char* name;
  void (*add)(MemoryModel& model, Hparams& hparams);
  Formats kept_by;
  std::string word;  // of the others' refusal
};

const Feature kFeatures[] = {
    {"a head of its own",
     [](MemoryModel& model, Hparams&) {
       std::vector<float> head = model.values("model/wte");
       std::reverse(head.begin(), head.end());
       model.add("model/lm_head", {400, 48}, head);
     },
     {"safetensors", "gguf"},
     "head"},
    {"the exact GELU",
     [](MemoryModel&, Hparams& hparams) { hparams.activation = Activation::kGeluErf; },
     {"safetensors", "tf2"},
     "activation_function"},
    {"another epsilon",
     [](MemoryModel&, Hparams& hparams) { hparams.layer_norm_epsilon = 1e-6f; },
     {"safetensors", "tf2", "gguf"},
     "layer_norm_epsilon"},
    {"scores that are not scaled",
     [](MemoryModel&, Hparams& hparams) { hparams.scale_attn_weights = false; },
     {"safetensors"},
     "scale_attn_weights"},
    {"scores scaled by the layer",
     [](MemoryModel&, Hparams& hparams) { hparams.scale_attn_by_inverse_layer_idx = true; },
     {"safetensors"},
     "scale_attn_by_inverse_layer_idx"},
    {"another inner size",
     [](MemoryModel& model, Hparams& hparams) {
       hparams.n_inner = 96;
       for (const std::string layer : {"model/h0/mlp/", "model/h1/mlp/"}) {
         const std::pair<const char*, std::vector<int64_t>> smaller[] = {
             {"c_fc/w", {48, 96}}, {"c_fc/b", {96}}, {"c_proj/w", {96, 48}}};
         for (const auto& [name, shape] : smaller) {
           std::vector<float> values = model.values(layer + name);
           values.resize(values.size() / 2);
           model.erase(layer + name);
           model.add(layer + name, shape, values);
         }
       }
     },
     {"safetensors", "tf2", "gguf"},
     "n_inner"},
};

TEST_F(RoundTripTest, WhatAFormatCannotSayIsRefusedByNameAndElseKept) {
  for (const Feature& feature : kFeatures) {
    MemoryModel model = fixture_model();
    hparams_ = fixture_hparams();
    feature.add(model, hparams_);
    write(model, place("first"), "safetensors");
    const ModelValues expected = model_values(place("first"));
    for (const auto& [format, unused] : target_formats()) {
      SCOPED_TRACE(std::string(feature.name) + " as " + format);
      const auto convert_it = [&] { convert(place("first"), place("to"), format); };
      if (feature.kept_by.contains(format)) {
        convert_it();
        expect_same_model(model_values(place("to")), expected);
      } else {
        expect_error(ErrorKind::kUnsupported, {feature.word}, convert_it);
        EXPECT_TRUE(fs::is_empty(place("to").parent_path()));
      }
    }
  }
}

TEST_F(RoundTripTest, AModelWithoutBiasesIsWrittenWithZeros) {
  MemoryModel without = fixture_model(), with_zeros = fixture_model();
  for (const auto& [name, values] : tf1_weights()) {
    if (!name.ends_with("/b")) continue;
    without.erase(name);
    std::ranges::fill(with_zeros.values(name), 0.0f);
  }
  for (const auto& [format, unused] : target_formats()) {
    SCOPED_TRACE(format);
    write(with_zeros, place("to"), format);
    const Files expected = files_of(place("to"));
    write(without, place("to"), format);
    EXPECT_TRUE(files_of(place("to")) == expected);
  }
}

#ifdef GPT2RUN_HAVE_LIBZIP
// nanoGPT's checkpoint has the head beside wte, the same values in both.
TEST_F(RoundTripTest, AHeadThatIsWteIsWrittenOnce) {
  for (const char* layout : {"nanogpt", "hf_bin"}) {
    const fs::path source = test_data("fixtures") / layout;
    convert(source, place("to"), "safetensors");
    EXPECT_EQ(Safetensors(place("to") / "model.safetensors").tensors().size(), 28u) << layout;
    expect_same_model(model_values(place("to")), model_values(source));
    convert(source, place("to"), "tf2");
    EXPECT_EQ(Bundle(place("to") / "tf_model").tensors().size(), 29u) << layout;  // and the graph
    expect_same_model(model_values(place("to")), model_values(source));
  }
}

TEST_F(RoundTripTest, NanoGptsExactGeluIsNotTurnedIntoTheOther) {
  for (const char* format : {"tf1", "npz", "gguf", "llmc"}) {
    expect_error(ErrorKind::kUnsupported, {"activation_function", "found gelu;", "safetensors"},
                 [&] { convert(test_data("fixtures/nanogpt"), place("to"), format); });
  }
}
#endif

}  // namespace
}  // namespace gpt2run
