#include "loader/diff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

NumberDiff diff_of(const std::vector<float>& a, const std::vector<float>& b) {
  return diff_numbers(a.data(), b.data(), a.size());
}

TEST(NumberDiff, SumsUpInDouble) {
  const NumberDiff diff = diff_of({3, 4, 1}, {3, 4.5, 0});
  EXPECT_EQ(diff.n_values, 3u);
  EXPECT_EQ(diff.n_different, 2u);
  EXPECT_EQ(diff.max_abs, 1);
  EXPECT_EQ(diff.mean_abs(), 0.5);
  EXPECT_DOUBLE_EQ(diff.cosine().value(), 27 / std::sqrt(26 * 29.25));
}

TEST(NumberDiff, HasNoCosineWhereOneIsZero) {
  EXPECT_EQ(diff_of({0, 0}, {1, 2}).cosine(), std::nullopt);
  EXPECT_EQ(diff_of({}, {}).cosine(), std::nullopt);
  EXPECT_EQ(diff_of({1e30f, 3}, {1e30f, 3}).cosine(), 1);
  EXPECT_DOUBLE_EQ(diff_of({1, 2}, {-1, -2}).cosine().value(), -1);
}

TEST(NumberDiff, TakesBitsForWhatIsTheSame) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(diff_of({nan, 1}, {nan, 1}).n_different, 0u);
  EXPECT_EQ(diff_of({nan, 1}, {2, 1}).max_abs, std::numeric_limits<double>::infinity());
  const NumberDiff zeros = diff_of({0.0f}, {-0.0f});
  EXPECT_EQ(zeros.n_different, 1u);
  EXPECT_EQ(zeros.max_abs, 0);
}

TEST(TensorDiff, PassesWithinItsTolerance) {
  TensorDiff tensor;
  tensor.numbers = diff_of({1, 2}, {1, 2.25});
  EXPECT_FALSE(tensor.is_equal(0));
  EXPECT_FALSE(tensor.is_equal(0.2));
  EXPECT_TRUE(tensor.is_equal(0.25));
  tensor.numbers = diff_of({0.0f}, {-0.0f});
  EXPECT_FALSE(tensor.is_equal(0));
  EXPECT_TRUE(tensor.is_equal(1e-30));
}

// Two models, each a folder.
class DiffTest : public testing::Test {
 protected:
  CheckpointDiff diff(MapOptions options = {}) {
    a_.write(folder_.path() / "a");
    b_.write(folder_.path() / "b");
    const auto open = [&](const char* name) {
      return open_checkpoint(find_model_files(folder_.path() / name), options);
    };
    return diff_checkpoints(open("a"), open("b"));
  }

  static const TensorDiff& tensor(const CheckpointDiff& diff, const std::string& weight) {
    for (const TensorDiff& tensor : diff.tensors) {
      if (tensor.weight == weight) return tensor;
    }
    throw std::logic_error("no weight " + weight);
  }

  const TemporaryFolder folder_;
  BundleBuilder a_, b_;
};

TEST_F(DiffTest, FindsTheOneTensorThatDiffers) {
  EXPECT_TRUE(diff().is_equal(0));
  std::vector<float> values(12, 1);
  a_.tensor("model/wpe").data = float_bytes(values);
  values[7] = 1.5;
  b_.tensor("model/wpe").data = float_bytes(values);
  const CheckpointDiff found = diff();
  EXPECT_FALSE(found.is_equal(0));
  EXPECT_TRUE(found.is_equal(0.5));
  for (const TensorDiff& tensor : found.tensors) {
    EXPECT_EQ(tensor.numbers.n_different, tensor.weight == "model/wpe" ? 1u : 0u) << tensor.weight;
  }
  EXPECT_EQ(found.all.n_values, 528u);
  EXPECT_EQ(found.all.max_abs, 0.5);
  EXPECT_EQ(found.all.mean_abs(), 0.5 / 528);
}

TEST_F(DiffTest, NamesWhatOnlyOneHasAndOtherShapes) {
  a_.erase("model/h0/ln_1/b");
  b_.erase("model/ln_f/b");
  b_.tensor("model/wpe").shape = {2, 4};
  b_.tensor("model/wpe").data.resize(32);
  const CheckpointDiff found = diff();
  EXPECT_EQ(tensor(found, "model/h0/ln_1/b").status, TensorDiff::kOnlyInB);
  EXPECT_EQ(tensor(found, "model/ln_f/b").status, TensorDiff::kOnlyInA);
  EXPECT_EQ(tensor(found, "model/wpe").status, TensorDiff::kShapes);
  EXPECT_EQ(tensor(found, "model/wpe").b->shape, (std::vector<int64_t>{2, 4}));
  EXPECT_FALSE(found.is_equal(1e9));
}

TEST_F(DiffTest, AllowsWhatTheUserAllowsToBeMissing) {
  a_.erase("model/h0/ln_1/b");
  EXPECT_FALSE(diff().is_equal(0));
  EXPECT_TRUE(diff({.name_map = {}, .skip = {}, .allow_missing = {"*/ln_1/b"}}).is_equal(0));
}

TEST_F(DiffTest, ListsSlotsWithoutComparingThem) {
  a_.add("model/wte/Adam", {5, 4});
  b_.add("global_step", {});
  const CheckpointDiff found = diff();
  EXPECT_TRUE(found.is_equal(0));
  ASSERT_EQ(found.extra_a.size(), 1u);
  EXPECT_EQ(found.extra_a[0].name, "model/wte/Adam");
  EXPECT_EQ(found.extra_a[0].role, TensorRole::kOptimizer);
  ASSERT_EQ(found.extra_b.size(), 1u);
}

TEST_F(DiffTest, ComparesWhatIsInTheModelsScopeUnderItsOwnName) {
  a_.add("model/h0/attn/lora", {2}).data = float_bytes({1, 2});
  EXPECT_EQ(tensor(diff(), "model/h0/attn/lora").status, TensorDiff::kOnlyInA);
  b_.add("model/h0/attn/lora", {2}).data = float_bytes({1, 3});
  EXPECT_EQ(tensor(diff(), "model/h0/attn/lora").numbers.max_abs, 1);
  a_.tensor("model/h0/attn/lora").dtype = b_.tensor("model/h0/attn/lora").dtype = 3;  // int32
  EXPECT_EQ(tensor(diff(), "model/h0/attn/lora").status, TensorDiff::kTypes);
}

TEST_F(DiffTest, HoldsALoneHeadAgainstTheOthersWte) {
  b_.add("model/lm_head", {5, 4}).data = b_.tensor("model/wte").data;
  CheckpointDiff found = diff();
  EXPECT_TRUE(found.is_equal(0));
  EXPECT_EQ(tensor(found, "model/lm_head").a->name, "model/wte");
  b_.tensor("model/lm_head").data[0] ^= 1;
  EXPECT_FALSE(diff().is_equal(0));
}

TEST_F(DiffTest, RefusesWhatHasNoWeightAndWhatIsDamaged) {
  BundleBuilder whole = b_;
  for (BuiltTensor& tensor : b_.tensors) tensor.name = "other/" + tensor.name;
  expect_error(ErrorKind::kMismatch, {"/b/model.ckpt: expected GPT-2's weights", "28 tensors"},
               [&] { diff(); });
  b_ = whole;
  diff();
  const auto data = folder_.path() / "b" / "model.ckpt.data-00000-of-00001";
  std::string bytes = read_bytes(data);
  bytes[0] ^= 1;
  write_bytes(data, bytes);
  expect_error(ErrorKind::kCorrupt, {"expected crc32c"}, [&] {
    diff_checkpoints(open_checkpoint(find_model_files(folder_.path() / "a")),
                     open_checkpoint(find_model_files(folder_.path() / "b")));
  });
}

}  // namespace
}  // namespace gpt2run
