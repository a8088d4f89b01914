#include "loader/load_params.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "loader/bundle.h"
#include "loader/weight_slots.h"
#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::vector<WeightSlot> all_weights(const Hparams& hparams) {
  std::vector<WeightSlot> slots = model_weights(hparams);
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    for (const WeightSlot& slot : block_weights(hparams, layer)) slots.push_back(slot);
  }
  return slots;
}

// In the slot's order.
std::vector<float> values_of(Params& params, const WeightSlot& slot) {
  size_t n = 1;
  for (const int64_t size : slot.shape) n *= static_cast<size_t>(size);
  const WeightTarget target = slot.target(params, slot.layer);
  if (target.weight == nullptr) return {target.floats, target.floats + n};
  const Weight& weight = *target.weight;
  const auto n_in = static_cast<size_t>(weight.n_in);
  std::vector<float> columns(n);  // [n_out, n_in]
  for (int j = 0; j < weight.n_out; ++j) {
    unpack_column(weight, j, columns.data() + static_cast<size_t>(j) * n_in);
  }
  return target.order == MatrixOrder::kOutIn ? columns : transposed(columns, n_in);
}

Params load_fixture(const std::string& name, LoadReport* report = nullptr) {
  return load_params(find_model_files(test_data("fixtures/" + name)), WeightType::kFloat32, report);
}

TEST(LoadParams, ReadsEveryValueAsTheFileHasIt) {
  Params params = load_fixture("tf1");
  EXPECT_EQ(params.hparams.n_layer, 2);
  // TensorFlow's Saver writes tensors back to back in the order of their names.
  std::vector<WeightSlot> slots = all_weights(params.hparams);
  std::sort(slots.begin(), slots.end(),
            [](const WeightSlot& a, const WeightSlot& b) { return a.name < b.name; });
  const std::string data = read_bytes(test_data("fixtures/tf1/model.ckpt.data-00000-of-00001"));
  size_t at = 0;
  for (const WeightSlot& slot : slots) {
    const std::string bytes = float_bytes(values_of(params, slot));
    EXPECT_EQ(bytes, data.substr(at, bytes.size())) << slot.name;
    at += bytes.size();
  }
  EXPECT_EQ(at, data.size());
}

TEST(LoadParams, ReadsShardsSlicesAndFineTunedBundlesToTheSameWeights) {
  Params expected = load_fixture("tf1");
  for (const char* name : {"tf1_sharded", "tf1_partitioned", "tf1_finetuned"}) {
    LoadReport report;
    Params params = load_fixture(name, &report);
    for (const WeightSlot& slot : all_weights(expected.hparams)) {
      ASSERT_EQ(values_of(params, slot), values_of(expected, slot)) << name << " " << slot.name;
    }
    EXPECT_EQ(report.n_tensors, 28) << name;
    EXPECT_EQ(report.n_bytes_read, 315648u) << name;
    const bool finetuned = std::string(name) == "tf1_finetuned";
    EXPECT_EQ(report.n_skipped, finetuned ? 61 : 0) << name;
    EXPECT_EQ(report.n_bytes_skipped, finetuned ? 946982u - 315648u : 0u) << name;
  }
}

TEST(LoadParams, ReadsFloat16AndBFloat16) {
  Params exact = load_fixture("tf1");
  for (const auto& [name, n_bits] : {std::pair("tf1_half", 11), std::pair("tf1_bfloat16", 8)}) {
    Params params = load_fixture(name);
    for (const WeightSlot& slot : all_weights(exact.hparams)) {
      const std::vector<float> expected = values_of(exact, slot), found = values_of(params, slot);
      for (size_t i = 0; i < expected.size(); ++i) {
        // Rounded to nearest: half a unit of the last place; float16 is subnormal below 2^-14.
        const float tolerance = std::ldexp(std::max(std::abs(expected[i]), 0x1p-14f), -n_bits);
        ASSERT_LE(std::abs(found[i] - expected[i]), tolerance) << name << " " << slot.name << i;
      }
    }
  }
}

TEST(LoadParams, KeepsTheBitsOfBFloat16ThatIsStoredSo) {
  for (const char* name : {"hf_safetensors_bf16", "gguf/model-bf16.gguf", "tf1_bfloat16"}) {
    const ModelFiles files = find_model_files(test_data(std::string("fixtures/") + name));
    Params exact = load_params(files), packed = load_params(files, WeightType::kBFloat16);
    for (const WeightSlot& slot : all_weights(exact.hparams)) {
      EXPECT_EQ(values_of(packed, slot), values_of(exact, slot)) << name << " " << slot.name;
    }
  }
}

TEST(LoadParams, ReportsProgressToTheEnd) {
  uint64_t last = 0, total = 0;
  load_params(find_model_files(test_data("fixtures/tf1_partitioned")), WeightType::kFloat32,
              nullptr, [&](uint64_t n_done, uint64_t n_total) {
                EXPECT_GT(n_done, last);
                last = n_done;
                total = n_total;
              });
  EXPECT_EQ(last, 78912u);
  EXPECT_EQ(total, 78912u);
}

TEST(LoadParams, LoadsTheDefaultModel) {
  LoadReport report;
  const Params params =
      load_params(find_model_files(default_model()), WeightType::kFloat32, &report);
  EXPECT_GE(report.n_bytes_packed, report.n_bytes_read);
  EXPECT_LT(report.n_bytes_packed, report.n_bytes_read * 102 / 100);
  EXPECT_EQ(report.n_bytes_read, 11662080u);
  EXPECT_EQ(report.n_skipped, 0);
}

}  // namespace
}  // namespace gpt2run
