// Models with rounded weights: the kernels' error apart from the rounding's.
//
// A rounding error is taken for noise with a root mean square of some share of the numbers. What
// that makes of the logits is a gain times as much: with random weights every product adds its own,
// sqrt(4 * n_layer + 2) together, the embedding and the head included (3.2; 3.3 measured for the
// fixture); the default model's logits, trained, are steadier (0.7 to 1.0 measured).

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "engine/gpt2.h"
#include "engine/kernels/product.h"
#include "loader/load_params.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/npy_matrix.h"
#include "support/repacked.h"
#include "support/some_ids.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

// Half a step at most, evenly spread; a step of bfloat16 is 1/128 of a number at most.
const double kBFloat16Noise = 1 / 256.0 / std::sqrt(3.0);

// Of groups of 32 numbers, whose largest is about 2.4, seldom more than 2.8 times their root mean
// square; it is n_steps.
double group_noise(double n_steps) {
  return 2.8 / n_steps / std::sqrt(12.0);
}

double weight_noise(WeightType type) {
  switch (type) {
    case WeightType::kFloat32:
      return 0;
    case WeightType::kBFloat16:
      return kBFloat16Noise;
    case WeightType::kInt8:
      return group_noise(127);
    case WeightType::kInt4:
      return group_noise(8);
  }
  return 0;
}

bool is_integer(WeightType type) {
  return type == WeightType::kInt8 || type == WeightType::kInt4;
}

// What the kernels round besides, where many rows are multiplied and where few are; and the cache,
// to float16.
const double kCacheNoise = kBFloat16Noise / 8;
double many_rows_noise(WeightType type) {
  if (kernels().one_term.multiply == nullptr) return kCacheNoise;
  if (!is_integer(type)) return kBFloat16Noise + kCacheNoise;
  const double attention = kBFloat16Noise + kCacheNoise;
  if (kernels().multiply_many_int8 != nullptr) return group_noise(127) + attention;
  return std::sqrt(2.0) * kBFloat16Noise + attention;
}
double few_rows_noise(WeightType type) {
  if (!is_integer(type)) return kCacheNoise;
  return group_noise(type == WeightType::kInt8 ? 127 * 256 : 127) + kCacheNoise;
}

// The root mean square of the error as a share of the logits', which count from their mean.
double relative_error(const Matrix& found, const Matrix& expected) {
  const Matrix logits = expected.colwise() - expected.rowwise().mean();
  return (found - expected).norm() / logits.norm();
}

struct Model {
  std::filesystem::path folder, reference;
  double gain;
};

std::vector<Model> models() {
  return {{default_model(), default_model() / "reference", 1.5},
          {test_data("fixtures/tf1"), test_data("fixtures/reference"), 4}};
}

constexpr WeightType kRoundedTypes[] = {WeightType::kBFloat16, WeightType::kInt8,
                                        WeightType::kInt4};
constexpr double kFloatNoise = 1e-5;  // float32 against float32 in another order

// The ids of the longest reference: more than kFewRows.
constexpr const char* kIds = "ids_3.npy";
constexpr const char* kLogits = "logits_3.npy";

class RoundedWeights : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(RoundedWeights);

TEST_P(RoundedWeights, AreComputedWithAsFloat32WouldBe) {
  for (const Model& model : models()) {
    const std::vector<int> ids = read_ids(model.reference / kIds);
    const int n_ids = static_cast<int>(ids.size());
    ASSERT_GT(n_ids, kFewRows);
    for (const WeightType type : kRoundedTypes) {
      const Params params = load_params(find_model_files(model.folder), type);
      const Matrix expected =
          logits_in_passes(ids, repacked_by_columns(params, WeightType::kFloat32), {n_ids});
      EXPECT_LE(relative_error(logits_in_passes(ids, params, {1}), expected),
                kFloatNoise + model.gain * few_rows_noise(type))
          << model.folder << " " << weight_type_name(type);
      EXPECT_LE(relative_error(logits_in_passes(ids, params, {n_ids}), expected),
                kFloatNoise + model.gain * many_rows_noise(type))
          << model.folder << " " << weight_type_name(type);
    }
  }
}

TEST(RoundedWeightsOfModels, AreOffTransformersInFloat64ByTheirRoundingOnly) {
  for (const Model& model : models()) {
    const std::vector<int> ids = read_ids(model.reference / kIds);
    const Matrix expected = read_matrix(model.reference / kLogits);
    for (const WeightType type : kRoundedTypes) {
      const Params params = load_params(find_model_files(model.folder), type);
      const double error = relative_error(logits_in_passes(ids, params, {1}), expected);
      EXPECT_LE(error, model.gain * weight_noise(type))
          << model.folder << " " << weight_type_name(type);
      EXPECT_GE(error, model.gain * weight_noise(type) / 10)  // it is that type
          << model.folder << " " << weight_type_name(type);
    }
  }
}

}  // namespace
}  // namespace gpt2run
