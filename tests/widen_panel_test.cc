#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "engine/half.h"
#include "support/each_isa.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr WeightType kShortTypes[] = {WeightType::kBFloat16, WeightType::kInt8, WeightType::kInt4};

class WidenPanel : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(WidenPanel);

TEST_P(WidenPanel, GivesTheNumbersThatThePanelStandsFor) {
  for (const WeightType type : kShortTypes) {
    for (const int n_groups : {1, 3}) {
      const PackedMatrix w(random_matrix(n_groups * kGroupRows, kPanelCols, 1), type);
      Matrix wide(n_groups * kGroupRows, kPanelCols);
      k.widen_panel(type, w.bytes().data(), n_groups, wide.data());
      EXPECT_EQ(wide, unpacked(w.weight())) << weight_type_name(type);
    }
  }
}

TEST_P(WidenPanel, IsZeroWhereTheMatrixEnds) {
  for (const WeightType type : kShortTypes) {
    const PackedMatrix w(random_matrix(33, 5, 2), type);
    Matrix wide(64, kPanelCols);
    k.widen_panel(type, w.bytes().data(), 2, wide.data());
    EXPECT_EQ(wide.topLeftCorner(33, 5), unpacked(w.weight()));
    EXPECT_TRUE(wide.bottomRows(31).isZero(0)) << weight_type_name(type);
    EXPECT_TRUE(wide.rightCols(59).isZero(0)) << weight_type_name(type);
  }
}

// To the nearest bfloat16, two inputs side by side, as a bfloat16 panel has them.
TEST_P(WidenPanel, RoundsQuantizedPanelsToBFloat16) {
  for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
    const int n_groups = 3, n_in = n_groups * kGroupRows;
    const PackedMatrix w(random_matrix(n_in, kPanelCols, 3), type);
    std::vector<uint32_t> pairs(size_t{n_in / 2} * kPanelCols);
    k.round_panel(type, w.bytes().data(), n_groups, pairs.data());
    const Matrix exact = unpacked(w.weight());
    for (int i = 0; i < n_in; ++i) {
      for (int j = 0; j < kPanelCols; ++j) {
        const uint32_t pair = pairs[static_cast<size_t>(i / 2 * kPanelCols + j)];
        const auto found = static_cast<uint16_t>(i % 2 == 0 ? pair : pair >> 16);
        const auto nearest =  // ties away from zero
            static_cast<uint16_t>((std::bit_cast<uint32_t>(exact(i, j)) + 0x8000) >> 16);
        ASSERT_EQ(found, nearest) << weight_type_name(type) << " " << i << " " << j;
        ASSERT_LE(std::abs(bfloat16_to_float(found) - exact(i, j)), 0x1p-8 * std::abs(exact(i, j)));
      }
    }
  }
}

}  // namespace
}  // namespace gpt2run
