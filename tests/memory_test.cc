#include "tools/memory.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/expect_error.h"

namespace gpt2run {
namespace {

TEST(NamingMemory, SaysWhatAModelOfThatShapeTakes) {
  const Hparams gpt2_124m = {
      .n_vocab = 50257, .n_ctx = 1024, .n_embd = 768, .n_head = 12, .n_layer = 12};
  EXPECT_EQ(naming_memory(gpt2_124m, 0, [] { return 7; }), 7);
  try {
    naming_memory(gpt2_124m, 1024, []() -> int { throw std::bad_alloc(); });
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRuntime);
    EXPECT_STREQ(error.what(),
                 "out of memory: the weights take 497.8 MB, the KV cache up to 75.5 MB, the "
                 "logits 205.9 MB; free some memory or take a smaller model, or a smaller --dtype");
  }
}

TEST(NamingMemory, KnowsTheTypeAndAHeadOfItsOwn) {
  const Hparams hparams = {
      .n_vocab = 50257, .n_ctx = 1024, .n_embd = 768, .n_head = 12, .n_layer = 12};
  // 123.5 million weights in matrices of 34 and 18 bytes a group of 32, 0.9 million float32.
  expect_error(ErrorKind::kRuntime,
               {"the weights take 134.9 MB", "the KV cache up to 37.7 MB", "or a smaller --dtype"},
               [&] {
                 throw_out_of_memory({hparams, WeightType::kInt8});
               });
  const std::string message = expect_error(ErrorKind::kRuntime, {"the weights take 94.8 MB"}, [&] {
    throw_out_of_memory({hparams, WeightType::kInt4, true});
  });
  EXPECT_EQ(message.find("--dtype"), std::string::npos) << message;
}

TEST(NamingMemory, CountsAFeedForwardLayerOfAnyWidth) {
  const Hparams narrow = {
      .n_vocab = 1, .n_ctx = 1, .n_embd = 1000, .n_head = 1, .n_layer = 1, .n_inner = 500};
  // wte, wpe and ln_f have 4 rows; the block 4 * 1000^2 + 9 * 1000 and 2 * 1000 * 500 + 500.
  expect_error(ErrorKind::kRuntime, {"the weights take 20.1 MB"},
               [&] { throw_out_of_memory(narrow); });
}

TEST(PeakMemory, CoversWhatIsTouchedAndNeverFalls) {
  const uint64_t before = peak_memory_bytes();
  const std::string touched(100'000'000, 'x');
  EXPECT_GE(peak_memory_bytes(), touched.size());
  EXPECT_GE(peak_memory_bytes(), before);
}

}  // namespace
}  // namespace gpt2run
