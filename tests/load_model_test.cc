#include "model/load_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "base/threads.h"
#include "model/load_tokenizer.h"
#include "support/expect_error.h"
#include "support/own_n_threads.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

Params load_beside(const std::string& name, const std::function<void()>& beside,
                   const LoadProgress& progress = {}) {
  const Checkpoint checkpoint = open_checkpoint(find_model_files(test_data("fixtures/" + name)));
  return load_params(checkpoint, read_model_config(checkpoint), WeightType::kFloat32, nullptr,
                     progress, beside);
}

TEST(LoadParamsBeside, IsDoneOnceForAnyNumberOfThreads) {
  const OwnNThreads own;
  for (const int n : {1, 2, 5}) {
    set_n_threads(n);
    std::atomic<int> n_calls{0};
    load_beside("tf1", [&] { ++n_calls; });
    EXPECT_EQ(n_calls, 1) << n;
  }
}

TEST(LoadParamsBeside, ItsErrorIsReportedWhateverTheWeightsAreLike) {
  const OwnNThreads own;
  for (const int n : {1, 2}) {
    set_n_threads(n);
    for (const char* name : {"tf1", "bad/data_bitflip_c_fc", "bad/data_bitflip_wte"}) {
      EXPECT_THROW(load_beside(name, [] { throw std::logic_error("beside"); }), std::logic_error);
    }
  }
}

TEST(LoadParamsBeside, NoTensorIsBegunAfterItsError) {
  const OwnNThreads own;
  set_n_threads(1);
  bool is_read = false;
  EXPECT_THROW(load_beside(
                   "tf1", [] { throw std::logic_error("beside"); },
                   [&](uint64_t, uint64_t) { is_read = true; }),
               std::logic_error);
  EXPECT_FALSE(is_read);
}

TEST(LoadParamsBeside, IsNotDoneWhereTheWeightsDoNotFit) {
  bool is_done = false;
  expect_error(ErrorKind::kMismatch, {},
               [&] { load_beside("bad/hparams_n_layer_large", [&] { is_done = true; }); });
  EXPECT_FALSE(is_done);
}

class LoadModelTest : public testing::Test {
 protected:
  LoadModelTest() {
    for (const auto& file : std::filesystem::directory_iterator(test_data("fixtures/tf1"))) {
      std::filesystem::copy(file.path(), folder_.path() / file.path().filename());
    }
  }

  std::filesystem::path file(const char* name) const { return folder_.path() / name; }

  TokenizerAndParams load() const {
    const Checkpoint checkpoint = open_checkpoint(find_model_files(folder_.path()));
    return load_tokenizer_and_params(checkpoint, read_model_config(checkpoint));
  }

  void take_a_layer_too_many() const {
    std::string text = read_bytes(file("hparams.json"));
    const size_t at = text.find("\"n_layer\": 2");
    ASSERT_NE(at, std::string::npos) << text;
    write_bytes(file("hparams.json"), text.replace(at, 12, "\"n_layer\": 3"));
  }

 private:
  TemporaryFolder folder_;
};

TEST(LoadTokenizer, EveryLayoutIsFoundBesideTheCheckpointToo) {
  const std::filesystem::path fixtures = test_data("fixtures");
  for (const char* name :
       {"tf1/encoder.json", "hf_safetensors_bf16/tokenizer.json", "llmc/gpt2_tokenizer.bin"}) {
    const TemporaryFolder temporary;
    const std::filesystem::path saved = temporary.path() / "saved", inner = saved / "variables";
    std::filesystem::create_directories(inner);
    write_bytes(saved / "saved_model.pb", "graph");
    write_bytes(inner / "variables.index", "x");
    const std::filesystem::path file = fixtures / name;
    std::filesystem::copy_file(file, inner / file.filename());
    EXPECT_EQ(find_model_files(saved).vocab, inner) << name;
  }
}

TEST(LoadTokenizer, AVocabularyThatDoesNotFitIsNamedByWhereItIs) {
  const std::filesystem::path gguf = test_data("fixtures/gguf/model-f32.gguf");
  const std::filesystem::path folder = test_data("fixtures/vocab");
  for (const bool is_given : {false, true}) {
    const std::filesystem::path vocab = is_given ? folder : "";
    const Checkpoint checkpoint = open_checkpoint(find_model_files(gguf, "", vocab));
    const std::filesystem::path& place = is_given ? folder : gguf;
    expect_error(ErrorKind::kMismatch, {place.string() + ": vocabulary: expected at most 5 tokens"},
                 [&] { check_vocabulary(load_tokenizer(checkpoint), checkpoint, {.n_vocab = 5}); });
  }
}

TEST_F(LoadModelTest, LoadsBoth) {
  const TokenizerAndParams both = load();
  EXPECT_EQ(both.params.hparams.n_layer, 2);
  EXPECT_EQ(both.tokenizer.n_vocab(), both.params.hparams.n_vocab);
}

TEST_F(LoadModelTest, SaysThatTheWeightsDoNotFit) {
  take_a_layer_too_many();
  expect_error(ErrorKind::kMismatch, {"h2"}, [&] { load(); });
}

TEST_F(LoadModelTest, SaysWhatIsWrongWithTheVocabularyFirst) {
  write_bytes(file("encoder.json"), "{");
  expect_error(ErrorKind::kTokenizer, {"encoder.json"}, [&] { load(); });
  take_a_layer_too_many();
  expect_error(ErrorKind::kTokenizer, {"encoder.json"}, [&] { load(); });
}

}  // namespace
}  // namespace gpt2run
