#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gpt2run/gpt2run.h"
#include "support/own_isa_variable.h"
#include "support/padded_model.h"
#include "support/test_data.h"

// This program links the shared library alone, so that a function that is not exported shows.
namespace {

using gpt2run::Error;
using gpt2run::ErrorCode;
using gpt2run::Model;

const Model& shakespeare() {
  static const Model model = Model::load(Model::default_path());
  return model;
}

template <class Call>
ErrorCode code_of_error(Call call) {
  try {
    call();
  } catch (const Error& error) {
    const bool one_line = std::string(error.what()).find('\n') == std::string::npos;
    EXPECT_TRUE(one_line || error.code() == ErrorCode::kMismatch) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kRuntime;
}

TEST(Api, FindsTheDefaultModel) {
  EXPECT_TRUE(std::filesystem::equivalent(Model::default_path(), gpt2run::default_model()));
  EXPECT_EQ(shakespeare().n_vocab(), 1025);
  EXPECT_EQ(shakespeare().n_ctx(), 256);
}

TEST(Api, EncodesAndDecodesAnyBytes) {
  EXPECT_EQ(shakespeare().encode("ROMEO:"), (std::vector<int>{858, 25}));
  for (const std::string& text :
       {std::string("To be, or not to be"), std::string("\xFF\x00\xC3", 3),
        std::string("na\xC3\xAFve"), std::string()}) {
    EXPECT_EQ(shakespeare().decode(shakespeare().encode(text)), text);
  }
}

TEST(Api, ContinuesAPromptGreedilyAsTheReferenceDoes) {
  const std::vector<int> expected = {198, 40, 455, 702, 411, 11, 291, 455, 702, 411};
  const std::vector<int> prompt = {858, 25};
  std::vector<int> seen;
  EXPECT_EQ(shakespeare().generate(prompt, {.n_tokens = 10},
                                   [&](int id) {
                                     seen.push_back(id);
                                     return true;
                                   }),
            expected);
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(shakespeare().generate("ROMEO:", {.n_tokens = 10}), "\nI'll tell thee, I'll tell thee");
  EXPECT_EQ(shakespeare().generate("ROMEO:", {.n_tokens = 0}), "");
}

TEST(Api, LogitsAgreeWithWhatIsGenerated) {
  const std::vector<int> ids = {858, 25};
  const std::vector<float> logits = shakespeare().logits(ids);
  ASSERT_EQ(logits.size(), 2u * 1025);
  EXPECT_EQ(std::max_element(logits.begin() + 1025, logits.end()) - (logits.begin() + 1025), 198);
}

TEST(Api, TheSameSeedGivesTheSameText) {
  const auto text = [](uint64_t seed) {
    return shakespeare().generate("ROMEO:", {.n_tokens = 30, .temperature = 1, .seed = seed});
  };
  EXPECT_EQ(text(7), text(7));
  EXPECT_NE(text(7), text(8));
}

// At this temperature every id is about as likely as any other.
TEST(Api, NeverDrawsARowOfAPaddedModelThatHasNoToken) {
  const gpt2run::TemporaryFolder folder;
  gpt2run::write_padded_model(folder.path());
  const Model model = Model::load(folder.path().string());
  EXPECT_EQ(model.n_vocab(), 400);
  const std::vector<int> prompt = {0};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto ids = model.generate(prompt, {.n_tokens = 60, .temperature = 1000, .seed = seed});
    EXPECT_EQ(ids.size(), 60u);
    for (const int id : ids) EXPECT_LT(id, gpt2run::kPaddedModelTokens);
  }
}

TEST(Api, LoadsIntoSmallerTypes) {
  using gpt2run::WeightDtype;
  const std::vector<int> ids = {858, 25};
  const std::vector<float> exact = shakespeare().logits(ids);
  const auto largest_difference = [&](WeightDtype dtype) {
    const Model model = Model::load(Model::default_path(), {.dtype = dtype});
    const std::vector<float> logits = model.logits(ids);
    float largest = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      largest = std::max(largest, std::abs(logits[i] - exact[i]));
    }
    return largest;
  };
  EXPECT_EQ(largest_difference(WeightDtype::kFloat32), 0);
  const float bf16 = largest_difference(WeightDtype::kBFloat16);
  const float int8 = largest_difference(WeightDtype::kInt8);
  const float int4 = largest_difference(WeightDtype::kInt4);
  EXPECT_GT(bf16, 0);
  EXPECT_GT(int8, 0);
  EXPECT_GT(int4, std::max(bf16, int8));
}

TEST(Api, RefusesATypeThatIsNone) {
  EXPECT_EQ(code_of_error([] {
              Model::load(Model::default_path(), {.dtype = static_cast<gpt2run::WeightDtype>(9)});
            }),
            ErrorCode::kUsage);
}

TEST(Api, RefusesAnInstructionSetThatIsNoneBeforeItReadsAnything) {
  const gpt2run::OwnIsaVariable own;
  ::setenv(own.kName, "sse9", 1);
  EXPECT_EQ(code_of_error([] { Model::load("/no/such/model"); }), ErrorCode::kUsage);
}

TEST(Api, StopsWhenTheCallerSaysSo) {
  int n_seen = 0;
  const std::vector<int> prompt = {858, 25};
  EXPECT_EQ(shakespeare().generate(prompt, {}, [&](int) { return ++n_seen < 3; }).size(), 3u);
}

TEST(Api, WhatTheCallerThrowsComesBackAsItIs) {
  const std::vector<int> prompt = {858, 25};
  EXPECT_THROW(shakespeare().generate(
                   prompt, {}, [](int) -> bool { throw std::out_of_range("the caller's own"); }),
               std::out_of_range);
}

TEST(Api, DraftsTheSameTokensFromSeveralThreads) {
  const Model model = Model::load(gpt2run::default_model().string());
  const std::string expected = model.generate("ROMEO:", {.n_tokens = 60});
  std::vector<std::string> found(3);
  std::vector<std::thread> threads;
  for (std::string& text : found) {
    threads.emplace_back([&] { text = model.generate("ROMEO:", {.n_tokens = 60, .draft = true}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : found) EXPECT_EQ(text, expected);
  EXPECT_EQ(code_of_error([&] { model.generate("x", {.temperature = 1, .draft = true}); }),
            ErrorCode::kUsage);
}

TEST(Api, EndsWhenTheContextIsFull) {
  const std::vector<int> prompt(250, 25);
  const auto ids = shakespeare().generate(prompt, {.n_tokens = 100, .ignore_eot = true});
  EXPECT_EQ(ids.size(), 6u);
}

TEST(Api, RefusesArgumentsThatAreOutOfRange) {
  const Model& model = shakespeare();
  const std::vector<int> good = {25}, out_of_range = {25, 1025}, negative = {-1};
  const std::vector<int> too_long(257, 25);
  const auto usage = ErrorCode::kUsage;
  EXPECT_EQ(code_of_error([&] { model.logits({}); }), usage);
  EXPECT_EQ(code_of_error([&] { model.logits(out_of_range); }), usage);
  EXPECT_EQ(code_of_error([&] { model.logits(negative); }), usage);
  EXPECT_EQ(code_of_error([&] { model.logits(too_long); }), usage);
  EXPECT_EQ(code_of_error([&] { model.decode(out_of_range); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(""); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(too_long); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(good, {.n_tokens = -1}); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(good, {.temperature = -1}); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(good, {.temperature = NAN}); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(good, {.top_k = -1}); }), usage);
  EXPECT_EQ(code_of_error([&] { model.generate(good, {.top_p = 0}); }), usage);
  EXPECT_EQ(code_of_error([&] { Model::set_n_threads(0); }), usage);
  EXPECT_EQ(code_of_error([&] { Model::set_n_threads(1025); }), usage);
}

// A copy of the default model that a test may damage.
class DamagedModel : public ::testing::Test {
 protected:
  DamagedModel() {
    for (const char* name : {"checkpoint", "encoder.json", "hparams.json", "vocab.bpe",
                             "model.ckpt.data-00000-of-00001", "model.ckpt.index"}) {
      std::filesystem::copy_file(gpt2run::default_model() / name, folder_.path() / name);
    }
  }
  ErrorCode code() {
    return code_of_error([&] { Model::load(folder_.path().string()); });
  }
  std::filesystem::path file(const char* name) { return folder_.path() / name; }

 private:
  gpt2run::TemporaryFolder folder_;
};

TEST_F(DamagedModel, IsNotFoundWithoutAFile) {
  std::filesystem::remove(file("model.ckpt.index"));
  EXPECT_EQ(code(), ErrorCode::kNotFound);
}

TEST_F(DamagedModel, IsNotFoundWithoutItsVocabulary) {
  std::filesystem::remove(file("vocab.bpe"));
  EXPECT_EQ(code(), ErrorCode::kNotFound);
}

TEST_F(DamagedModel, IsCorruptWithAFlippedBit) {
  std::string data = gpt2run::read_bytes(file("model.ckpt.data-00000-of-00001"));
  data[data.size() / 2] ^= 1;
  gpt2run::write_bytes(file("model.ckpt.data-00000-of-00001"), data);
  EXPECT_EQ(code(), ErrorCode::kCorrupt);
}

TEST_F(DamagedModel, DoesNotFitOtherHparams) {
  gpt2run::write_bytes(
      file("hparams.json"),
      R"({"n_vocab": 1025, "n_ctx": 256, "n_embd": 192, "n_head": 6, "n_layer": 7})");
  EXPECT_EQ(code(), ErrorCode::kMismatch);
}

TEST_F(DamagedModel, DoesNotFitALargerVocabulary) {
  std::string encoder = gpt2run::read_bytes(file("encoder.json"));
  encoder.insert(encoder.rfind('}'), R"(, "zzzz": 1025)");
  gpt2run::write_bytes(file("encoder.json"), encoder);
  EXPECT_EQ(code(), ErrorCode::kMismatch);
}

TEST_F(DamagedModel, HasADamagedVocabulary) {
  gpt2run::write_bytes(file("encoder.json"), R"({"a": )");
  EXPECT_EQ(code(), ErrorCode::kTokenizer);
}

TEST(Api, AModelIsSharedBetweenThreads) {
  const std::string expected = shakespeare().generate("ROMEO:", {.n_tokens = 20});
  std::vector<std::string> found(3);
  std::vector<std::thread> threads;
  for (std::string& text : found) {
    threads.emplace_back([&] { text = shakespeare().generate("ROMEO:", {.n_tokens = 20}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : found) EXPECT_EQ(text, expected);
}

}  // namespace
