#include "engine/screened_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "base/threads.h"
#include "engine/kernels/kernels.h"
#include "engine/ops.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/own_n_threads.h"

namespace gpt2run {
namespace {

constexpr WeightType kTypes[] = {WeightType::kFloat32, WeightType::kBFloat16};

//   columns  [n_vocab, n_embd]
PackedMatrix pack_head(const Matrix& columns, WeightType type) {
  return PackedMatrix(columns, type, MatrixOrder::kOutIn);
}

// By all logits; -1 where one is not finite.
std::vector<int> plain_argmax_of_rows(const Matrix& x, const Weight& head, int n_sampleable) {
  const Matrix logits = lm_head(x, head);
  std::vector<int> ids;
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    const auto known = logits.row(row).head(n_sampleable);
    const float* const begin = known.data();
    const auto best = std::max_element(begin, begin + n_sampleable);
    ids.push_back(known.allFinite() ? static_cast<int>(best - begin) : -1);
  }
  return ids;
}

void expect_plain_ids(const Matrix& columns, const Matrix& x) {
  const int n_vocab = static_cast<int>(columns.rows());
  for (const WeightType type : kTypes) {
    const PackedMatrix head = pack_head(columns, type);
    const ScreenedHead screened(head.weight());
    for (const int n_sampleable : {n_vocab, std::max(1, n_vocab - 5), (n_vocab + 1) / 2, 1}) {
      const std::vector<int> plain = plain_argmax_of_rows(x, head.weight(), n_sampleable);
      ASSERT_EQ(argmax_of_rows(x, head.weight(), n_sampleable), plain);
      ASSERT_EQ(screened.argmax_of_rows(x, n_sampleable), plain)
          << weight_type_name(type) << " " << columns.rows() << " x " << columns.cols() << ", "
          << x.rows() << " rows, " << n_sampleable << " sampleable";
    }
  }
}

TEST(BestIds, TakesTheFirstOfEqualsAndRefusesWhatIsNotFinite) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const int n_vocab : {1, 5, 127, 128, 129, 1025}) {
    for (const float logit : {0.0f, -3.0f, 2.0f, kInf, -kInf, std::nanf("")}) {
      for (const int from : {0, n_vocab / 2, n_vocab - 1}) {
        Matrix columns(n_vocab, 1), x(1, 1);
        columns.setConstant(-1);
        columns.bottomRows(n_vocab - from).setConstant(logit);
        x.setConstant(1);
        const PackedMatrix head = pack_head(columns, WeightType::kFloat32);
        EXPECT_EQ(argmax_of_rows(x, head.weight(), n_vocab),
                  plain_argmax_of_rows(x, head.weight(), n_vocab))
            << n_vocab << " logits, " << logit << " from " << from << " on";
      }
    }
  }
}

TEST(ScreenedHead, NamesTheLargestLogitOfRandomHeadsOfAnyShape) {
  uint32_t seed = 0;
  for (const int n_embd : {1, 15, 32, 77, 192}) {
    for (const int n_vocab : {1, 16, 63, 101, 1000, 3001}) {
      for (const int n_rows : {1, 2, 7, 16}) {
        const Matrix columns = random_matrix(n_vocab, n_embd, ++seed, 0.1f);
        expect_plain_ids(columns, random_matrix(n_rows, n_embd, ++seed, 3));
      }
    }
  }
}

TEST(ScreenedHead, NamesTheLowestOfEqualColumns) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    Matrix columns = random_matrix(700, 48, seed);
    const Matrix x = random_matrix(5, 48, seed + 100);
    // The best of each row stands at three more places, in other panels.
    for (int row = 0; row < 5; ++row) {
      Eigen::Index best = 0;
      (columns * x.row(row).transpose()).maxCoeff(&best);
      for (const int copy : {699 - row, 350 + row, 20 * row}) columns.row(copy) = columns.row(best);
    }
    expect_plain_ids(columns, x);
  }
}

TEST(ScreenedHead, NamesTheFirstWhereAllAreEqual) {
  expect_plain_ids(Matrix::Zero(200, 33), random_matrix(3, 33, 1));
  expect_plain_ids(random_matrix(200, 33, 2), Matrix::Zero(3, 33));
  expect_plain_ids(Matrix::Constant(200, 33, 0.7f), random_matrix(3, 33, 3));
}

// Columns that int8 cannot tell apart: one last place of one weight is the difference.
TEST(ScreenedHead, TellsColumnsApartByTheirLastPlace) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Matrix x = random_matrix(4, 64, seed);
    const Matrix column = random_matrix(1, 64, seed + 50);
    Matrix columns = column.replicate(500, 1);
    std::mt19937 random(seed);
    for (int i = 0; i < 500; ++i) {
      float& weight = columns(i, static_cast<Eigen::Index>(random() % 64));
      weight = std::nextafter(weight, random() % 2 == 0 ? 2.0f : -2.0f);
    }
    expect_plain_ids(columns, x);
  }
}

TEST(ScreenedHead, HoldsForHugeTinyAndSubnormalNumbers) {
  uint32_t seed = 500;
  for (const float scale : {1e-44f, 1e-40f, 1e-30f, 1e-7f, 1e5f, 1e8f, 1e17f, 1e30f, 3e38f}) {
    for (const float x_scale : {1e-44f, 1e-38f, 1e-20f, 1.0f, 1e4f, 1e20f, 1e37f}) {
      const Matrix columns = random_matrix(300, 40, ++seed, scale);
      expect_plain_ids(columns, random_matrix(3, 40, ++seed, x_scale));
    }
  }
}

// Groups of 32 inputs and columns of very different sizes, outliers in both.
TEST(ScreenedHead, HoldsForNumbersOfManySizes) {
  for (uint32_t seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    const auto spread = [&](Matrix matrix, int largest) {
      for (Eigen::Index i = 0; i < matrix.size(); ++i) {
        const int exponent = static_cast<int>(random() % static_cast<uint32_t>(2 * largest + 1));
        matrix.data()[i] = std::ldexp(matrix.data()[i], exponent - largest);
      }
      return matrix;
    };
    expect_plain_ids(spread(random_matrix(400, 70, seed), 40),
                     spread(random_matrix(6, 70, seed + 10), 40));
    Matrix x = random_matrix(6, 70, seed + 20);
    x.col(3) *= 3000;
    expect_plain_ids(spread(random_matrix(400, 70, seed + 30), 3), x);
  }
}

TEST(ScreenedHead, MarksRowsWhoseLogitsAreNotFinite) {
  Matrix x = random_matrix(4, 40, 1);
  x.row(1) *= 1e38f;
  x(2, 7) = std::numeric_limits<float>::quiet_NaN();
  const Matrix columns = Matrix::Constant(100, 40, 100.0f);
  for (const WeightType type : kTypes) {
    const PackedMatrix head = pack_head(columns, type);
    const std::vector<int> ids = ScreenedHead(head.weight()).argmax_of_rows(x, 100);
    EXPECT_EQ(ids, (std::vector<int>{0, -1, -1, 0}));
  }
}

TEST(ScreenedHead, AnyNumberOfThreadsAndAnyKernelsNameTheSameIds) {
  const Matrix columns = random_matrix(5000, 96, 1), x = random_matrix(9, 96, 2);
  const PackedMatrix head = pack_head(columns, WeightType::kFloat32);
  const OwnNThreads own;
  for (const Isa isa : isas_here()) {
    const WithIsa with(isa);
    const ScreenedHead screened(head.weight());
    for (const int n : {1, 2, 3}) {
      set_n_threads(n);
      EXPECT_EQ(screened.argmax_of_rows(x, 5000), plain_argmax_of_rows(x, head.weight(), 5000))
          << isa_name(isa);
    }
  }
}

TEST(ScreenedHead, RefusesAHeadThatIsQuantizedAlready) {
  const PackedMatrix head = pack_head(random_matrix(10, 32, 1), WeightType::kInt8);
  EXPECT_THROW(ScreenedHead{head.weight()}, std::invalid_argument);
}

}  // namespace
}  // namespace gpt2run
