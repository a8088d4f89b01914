#include "loader/random_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/memory_model.h"
#include "support/source_values.h"

namespace gpt2run {
namespace {

TEST(RandomSource, GivesTheSameBitsEverywhere) {
  const RandomSource source(*named_shape("124M"), 7);
  const std::pair<const char*, std::vector<float>> expected[] = {
      {"model/wpe", {0x1.4bc24cp-7f, 0x1.a04304p-7f, -0x1.54dp-16f}},
      {"model/ln_f/g", {0x1.e29578p-1f, 0x1.f696p-1f, 0x1.d03a28p-1f}},
      {"model/h0/attn/c_attn/w", {0x1.8bd37p-8f, 0x1.66552p-8f, 0x1.211bc8p-6f}},
      {"model/h0/attn/c_proj/w", {0x1.ea38cp-12f, -0x1.e07e08p-8f, -0x1.513d38p-9f}},
      {"model/h1/ln_1/b", {0x1.f99a2p-9f, -0x1.92736p-9f, -0x1.8d5f14p-6f}},
  };
  for (const auto& [name, values] : expected) {
    const std::vector<float> found = read_tensor(source, name);
    EXPECT_EQ(std::vector<float>(found.begin(), found.begin() + 3), values) << name;
  }
}

TEST(RandomSource, IsAWholeModel) {
  const RandomSource source(fixture_hparams(), 1);
  const MemoryModel fixture = fixture_model();
  ASSERT_EQ(source.tensors().size(), fixture.tensors().size());
  for (const TensorInfo& info : fixture.tensors()) {
    const TensorInfo& found = source.tensors()[find_tensor(source, info.name)];
    EXPECT_EQ(found.shape, info.shape) << info.name;
    EXPECT_EQ(found.dtype, DType::kFloat32) << info.name;
    EXPECT_EQ(found.n_bytes, info.n_bytes) << info.name;
  }
  EXPECT_EQ(source.path(), "random model of seed 1");
}

TEST(RandomSource, HonoursAnInnerSize) {
  Hparams hparams = fixture_hparams();
  hparams.n_inner = 31;
  const RandomSource source(hparams, 1);
  EXPECT_EQ(source.tensors()[find_tensor(source, "model/h1/mlp/c_proj/w")].shape,
            (std::vector<int64_t>{31, 48}));
}

TEST(RandomSource, EachWeightAndEachSeedHasItsOwnValues) {
  std::set<std::vector<float>> seen;
  size_t n = 0;
  for (const uint64_t seed : {0u, 1u, 2u}) {
    const RandomSource source(fixture_hparams(), seed);
    for (size_t i = 0; i < source.tensors().size(); ++i) {
      std::vector<float> values = read_tensor(source, i);
      EXPECT_EQ(read_tensor(source, i), values);  // again the same
      values.resize(40);
      seen.insert(values);
      ++n;
    }
  }
  EXPECT_EQ(seen.size(), n);
}

// Expects values in [center - range, center + range), spread evenly.
void expect_uniform(const RandomSource& source, const std::string& name, double center,
                    double range) {
  const std::vector<float> values = read_tensor(source, name);
  double sum = 0, squares = 0;
  for (const float value : values) {
    const double x = (value - center) / range;
    EXPECT_GE(x, -1) << name;
    EXPECT_LT(x, 1) << name;
    sum += x;
    squares += x * x;
  }
  const auto n = static_cast<double>(values.size());
  const double error = 4 / std::sqrt(n);  // more than six standard deviations of each
  EXPECT_NEAR(sum / n, 0, error) << name;
  EXPECT_NEAR(squares / n, 1 / 3.0, error) << name;
}

TEST(RandomSource, ValuesAreAsLargeAsATrainedModels) {
  const RandomSource source(fixture_hparams(), 5);
  expect_uniform(source, "model/wte", 0, 0x1p-5);
  expect_uniform(source, "model/wpe", 0, 0x1p-6);
  expect_uniform(source, "model/h0/attn/c_attn/w", 0, 0x1p-5);
  expect_uniform(source, "model/h0/mlp/c_fc/b", 0, 0x1p-5);
  expect_uniform(source, "model/h1/ln_2/g", 1, 0x1p-3);
  // sqrt(2 * 2) is 2
  expect_uniform(source, "model/h1/attn/c_proj/w", 0, 0x1p-6);
  expect_uniform(source, "model/h1/mlp/c_proj/w", 0, 0x1p-6);
  // sqrt(2 * 48) is 9.8, nearest to 8
  Hparams deep = fixture_hparams();
  deep.n_layer = 48;
  expect_uniform(RandomSource(deep, 5), "model/h47/mlp/c_proj/w", 0, 0x1p-8);
}

TEST(NamedShape, KnowsOpenAIsFour) {
  const auto shape = named_shape("1558M");
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->n_layer, 48);
  EXPECT_EQ(shape->n_head, 25);
  EXPECT_EQ(shape->n_embd, 1600);
  EXPECT_EQ(shape->n_ctx, 1024);
  EXPECT_EQ(shape->n_vocab, 50257);
  // Their names are their numbers of weights, in millions.
  for (const auto& [name, n_weights] :
       {std::pair{"124M", 124.4}, {"355M", 354.8}, {"774M", 774.0}, {"1558M", 1557.6}}) {
    uint64_t n = 0;
    const RandomSource source(*named_shape(name), 0);
    for (const TensorInfo& info : source.tensors()) n += info.n_items();
    EXPECT_NEAR(static_cast<double>(n) / 1e6, n_weights, 0.1) << name;
  }
  EXPECT_FALSE(named_shape("125M"));
  EXPECT_FALSE(named_shape(""));
}

}  // namespace
}  // namespace gpt2run
