#include "engine/generate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "engine/gpt2.h"
#include "engine/random_params.h"
#include "support/generated.h"

namespace gpt2run {
namespace {

const Hparams kSmall = {.n_vocab = 40, .n_ctx = 12, .n_embd = 8, .n_head = 2, .n_layer = 2};

TEST(Generate, GreedyTakesTheBestIdOfTheWholePrefixEachTime) {
  const Params params = random_params(kSmall, 1);
  std::vector<int> ids = {3, 1, 4};
  const std::vector<int> found = generated_by(params, ids, {.n_tokens = 6}).ids;
  for (size_t i = 0; i < 6; ++i) {
    KvCache cache(kSmall, WeightType::kFloat32);
    const Matrix logits = gpt2(ids, params, cache);
    Eigen::Index best = 0;
    logits.row(0).maxCoeff(&best);
    ASSERT_EQ(found[i], best);
    ids.push_back(static_cast<int>(best));
  }
}

TEST(Generate, EndsAtTheFullContext) {
  const Params params = random_params(kSmall, 2);
  const Generated some = generated_by(params, {1, 2, 3}, {.n_tokens = 100});
  EXPECT_EQ(some.result.finish_reason, FinishReason::kContext);
  EXPECT_EQ(some.ids.size(), 9u);
  EXPECT_EQ(some.result.n_generated, 9);
  const Generated exact = generated_by(params, {1, 2, 3}, {.n_tokens = 9});
  EXPECT_EQ(exact.result.finish_reason, FinishReason::kLength);
  EXPECT_EQ(exact.ids, some.ids);
  const Generated none = generated_by(params, std::vector<int>(12, 5), {.n_tokens = 4});
  EXPECT_EQ(none.result.finish_reason, FinishReason::kContext);
  EXPECT_TRUE(none.ids.empty());
}

TEST(Generate, EndsAtTheEndOfTextAndDoesNotHandItOut) {
  const Params params = random_params(kSmall, 3);
  const std::vector<int> free = generated_by(params, {7}, {.n_tokens = 8}).ids;
  const int eot = free[4];
  const size_t first = std::find(free.begin(), free.end(), eot) - free.begin();
  const Generated ended = generated_by(params, {7}, {.n_tokens = 8, .eot = eot});
  EXPECT_EQ(ended.result.finish_reason, FinishReason::kEot);
  EXPECT_EQ(ended.ids, std::vector<int>(free.begin(), free.begin() + first));
}

TEST(Generate, StopsWhenAsked) {
  const Params params = random_params(kSmall, 4);
  int n = 0;
  const GenerateResult result =
      generate(std::vector<int>{1}, params, {.n_tokens = 8}, [&](int) { return ++n < 3; });
  EXPECT_EQ(result.finish_reason, FinishReason::kStopped);
  EXPECT_EQ(result.n_generated, 3);
}

TEST(Generate, NeverDrawsAnIdThatTheTokenizerLacks) {
  const Params params = random_params(kSmall, 5);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const GenerateOptions options = {
        .n_tokens = 11, .n_sampleable = 5, .sampler = {.temperature = 100, .seed = seed}};
    for (const int id : generated_by(params, {0}, options).ids) ASSERT_LT(id, 5);
  }
}

TEST(Generate, ZeroTokensAreNoWork) {
  const Params params = random_params(kSmall, 6);
  EXPECT_EQ(generated_by(params, {0}, {.n_tokens = 0}).result.finish_reason, FinishReason::kLength);
}

TEST(Generate, RefusesAPromptThatIsEmptyOrTooLong) {
  const Params params = random_params(kSmall, 7);
  EXPECT_THROW(generated_by(params, {}, {}), std::invalid_argument);
  EXPECT_THROW(generated_by(params, std::vector<int>(13, 1), {}), std::length_error);
  EXPECT_THROW(generated_by(params, {40}, {}), std::invalid_argument);
}

TEST(Sampler, GreedyTakesTheLowestOfEquals) {
  Sampler sampler({});
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 3, 2}), 1);
}

TEST(Sampler, SameSeedDrawsTheSameIds) {
  const std::vector<float> logits = {0.1f, 0.2f, 0.3f, 0.25f, -1};
  for (const SamplerOptions& options :
       {SamplerOptions{1, 0, 1, 42}, {0.7f, 3, 1, 42}, {2, 0, 0.9f, 42}, {1, 4, 0.5f, 42}}) {
    Sampler a(options), b(options);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(a.sample(logits), b.sample(logits));
  }
}

// The first draws of seed 1, so that a change of the generator is seen.
TEST(Sampler, DrawsAreTheSameOnEveryMachine) {
  Sampler sampler({.temperature = 1, .seed = 1});
  const std::vector<float> uniform(1000, 0.0f);
  std::vector<int> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(sampler.sample(uniform));
  std::mt19937_64 random(1);
  for (const int id : ids) {
    EXPECT_EQ(id, static_cast<int>(static_cast<double>(random() >> 11) * 0x1p-53 * 1000));
  }
}

TEST(Sampler, DrawsByTheSoftmaxOfLogitsOverTemperature) {
  const std::vector<float> logits = {0, 1, 2};
  Sampler sampler({.temperature = 2, .seed = 7});
  std::map<int, int> count;
  const int n = 20000;
  for (int i = 0; i < n; ++i) ++count[sampler.sample(logits)];
  const double total = std::exp(0.0) + std::exp(0.5) + std::exp(1.0);
  for (int id = 0; id < 3; ++id) {
    EXPECT_NEAR(count[id], n * std::exp(0.5 * id) / total, 5 * std::sqrt(n * 0.25));
  }
}

TEST(Sampler, TopKAndTopPKeepTheBestOnly) {
  const std::vector<float> logits = {std::log(0.5f), std::log(0.05f), std::log(0.3f),
                                     std::log(0.15f)};
  const auto drawn = [&](const SamplerOptions& options) {
    Sampler sampler(options);
    std::map<int, int> count;
    for (int i = 0; i < 2000; ++i) ++count[sampler.sample(logits)];
    std::vector<int> ids;
    for (const auto& [id, n] : count) ids.push_back(id);
    return ids;
  };
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 1}), (std::vector<int>{0}));
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 3}), (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 100}), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(drawn({.temperature = 1, .top_p = 0.4f}), (std::vector<int>{0}));
  EXPECT_EQ(drawn({.temperature = 1, .top_p = 0.6f}), (std::vector<int>{0, 2}));
  EXPECT_EQ(drawn({.temperature = 1, .top_p = 0.9f}), (std::vector<int>{0, 2, 3}));
  // After top_k = 2 the two have 0.625 and 0.375: p counts among what is left.
  EXPECT_EQ(drawn({.temperature = 1, .top_k = 2, .top_p = 0.62f}), (std::vector<int>{0}));
}

TEST(Sampler, RefusesLogitsThatAreNotFinite) {
  for (const SamplerOptions& options :
       {SamplerOptions{}, {1, 0, 1, 1}, {1, 2, 1, 1}, {1, 0, 0.9f, 1}}) {
    Sampler sampler(options);
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
      EXPECT_THROW(sampler.sample(std::vector<float>{1, bad, 2}), std::domain_error);
      EXPECT_THROW(sampler.sample(std::vector<float>{bad, bad, bad}), std::domain_error);
    }
  }
}

TEST(Sampler, RefusesOptionsOutOfRange) {
  for (const SamplerOptions& options : {SamplerOptions{-1, 0, 1, 0},
                                        {NAN, 0, 1, 0},
                                        {INFINITY, 0, 1, 0},
                                        {1, -1, 1, 0},
                                        {1, 0, 0, 0},
                                        {1, 0, 1.5f, 0},
                                        {1, 0, NAN, 0}}) {
    EXPECT_THROW(Sampler{options}, std::invalid_argument);
  }
}

}  // namespace
}  // namespace gpt2run
