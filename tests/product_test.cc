#include "engine/kernels/product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/half.h"
#include "engine/kernels/many_rows.h"
#include "support/each_isa.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

constexpr double kRounding = 0x1p-24;  // of float32

// What a product may be off by, and what it is but for that.
struct Expected {
  Eigen::MatrixXd sums, tolerance;
};

// Into how many steps the largest of a group of 32 inputs is cut by quantize_row, or by
// quantize_row_to_bytes; 0 where rows are not quantized.
int row_steps(const Kernels& k, WeightType type, int n_rows) {
  if (is_float(type)) return 0;
  if (n_rows <= kFewRows) return type == WeightType::kInt8 ? 127 * 256 : 127;
  return k.multiply_many_int8 != nullptr ? 127 : 0;
}

bool rounds_to_bfloat16(const Kernels& k, WeightType type, int n_rows) {
  return type != WeightType::kFloat32 && n_rows > kFewRows && k.one_term.multiply != nullptr &&
         row_steps(k, type, n_rows) == 0;
}

Matrix to_bfloat16(const Matrix& x) {
  return x.unaryExpr([](float v) { return bfloat16_to_float(float_to_bfloat16(v)); });
}

// Half a step at each input.
Matrix half_steps(const Matrix& x, int n_steps) {
  Matrix steps(x.rows(), x.cols());
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    for (Eigen::Index at = 0; at < x.cols(); at += kGroupRows) {
      const Eigen::Index n = std::min<Eigen::Index>(kGroupRows, x.cols() - at);
      steps.row(row).segment(at, n).setConstant(x.row(row).segment(at, n).cwiseAbs().maxCoeff() /
                                                static_cast<float>(n_steps) * 0.51f);
    }
  }
  return steps;
}

Expected expected_sums(const Kernels& k, const Matrix& x, const Weight& weight) {
  const int n_rows = static_cast<int>(x.rows());
  const bool rounded = rounds_to_bfloat16(k, weight.type, n_rows);
  const Matrix w = unpacked(weight);
  const Eigen::MatrixXd a = (rounded ? to_bfloat16(x) : x).cast<double>();
  const Eigen::MatrixXd b = (rounded ? to_bfloat16(w) : w).cast<double>();
  Expected expected = {.sums = a * b, .tolerance = a.cwiseAbs() * b.cwiseAbs()};
  expected.tolerance *= 2 * kRounding * weight.n_in;
  if (rounded && weight.type != WeightType::kBFloat16) {
    // Ties among the weights go to the other neighbour: 16 bits after the one that is rounded away
    // are all zero in few of them, and those are off by one digit of eight.
    const Eigen::MatrixXd other = (w - to_bfloat16(w)).cast<double>().cwiseAbs();
    const auto is_tie = [](float v) { return (std::bit_cast<uint32_t>(v) & 0xffff) == 0x8000; };
    const Eigen::MatrixXd ties =
        w.unaryExpr([&](float v) { return is_tie(v) ? 2.0f : 0.0f; }).cast<double>();
    expected.tolerance += a.cwiseAbs() * other.cwiseProduct(ties);
  }
  if (const int n_steps = row_steps(k, weight.type, n_rows); n_steps > 0) {
    expected.tolerance += half_steps(x, n_steps).cast<double>() * b.cwiseAbs();
  }
  return expected;
}

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

struct Extras {
  bool bias, gelu, residual;
};

// One product with these extras, element by element.
void expect_product(const Expected& expected, const Matrix& x, const Weight& w,
                    const Extras& extras) {
  const Matrix bias = random_matrix(1, w.n_out, 3), residual = random_matrix(x.rows(), w.n_out, 4);
  Matrix out = Matrix::Constant(x.rows(), w.n_out, NAN);
  multiply({.x = x.data(),
            .n_rows = static_cast<int>(x.rows()),
            .w = w,
            .bias = extras.bias ? bias.data() : nullptr,
            .gelu_tanh = extras.gelu,
            .residual = extras.residual ? residual.data() : nullptr,
            .out = out.data()});
  for (Eigen::Index i = 0; i < out.rows(); ++i) {
    for (Eigen::Index j = 0; j < out.cols(); ++j) {
      double y = expected.sums(i, j), tolerance = expected.tolerance(i, j);
      if (extras.bias) y += bias(0, j);
      tolerance += kRounding * std::abs(y);
      if (extras.gelu) {  // nowhere steeper than 1.13
        tolerance = 1.13 * tolerance + 16 * kRounding * std::abs(y);
        y = gelu(y);
      }
      if (extras.residual) y += residual(i, j);
      ASSERT_NEAR(out(i, j), y, tolerance + kRounding * std::abs(y)) << i << ", " << j;
    }
  }
}

void expect_products(const Kernels& k, WeightType type, int n_in, int n_out, int n_rows) {
  const PackedMatrix w(random_matrix(n_in, n_out, 1), type);
  const Matrix x = random_matrix(n_rows, n_in, 2);
  const Expected expected = expected_sums(k, x, w.weight());
  for (const Extras& extras : {Extras{false, false, false},
                               {true, false, false},
                               {false, true, false},
                               {false, false, true},
                               {true, true, false},
                               {true, false, true},
                               {false, true, true},
                               {true, true, true}}) {
    ASSERT_NO_FATAL_FAILURE(expect_product(expected, x, w.weight(), extras))
        << isa_name(k.isa) << " " << weight_type_name(type) << " " << n_rows << " x " << n_in
        << " x " << n_out << (extras.bias ? " bias" : "") << (extras.gelu ? " gelu" : "")
        << (extras.residual ? " residual" : "");
  }
}

class Multiplication : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Multiplication);

TEST_P(Multiplication, EqualsADoublePrecisionLoopForAnyRows) {
  for (const WeightType type : kWeightTypes) {
    for (const int n_rows : {1, 5, 6, 7, 16, 17, 33, 100}) {
      ASSERT_NO_FATAL_FAILURE(expect_products(k, type, 65, 77, n_rows));
    }
  }
}

TEST_P(Multiplication, EqualsADoublePrecisionLoopForAnySize) {
  for (const WeightType type : kWeightTypes) {
    for (const auto& [n_in, n_out] : {std::pair{1, 1},
                                      {3, 16},
                                      {15, 31},
                                      {31, 129},
                                      {32, 64},
                                      {33, 100},
                                      {768, 48},
                                      {2304, 17}}) {
      for (const int n_rows : {1, 3, 18}) {
        ASSERT_NO_FATAL_FAILURE(expect_products(k, type, n_in, n_out, n_rows));
      }
    }
  }
}

// Inputs in one slice and in several, the last of them shorter; rows in one block and in two.
TEST_P(Multiplication, Float32EqualsADoublePrecisionLoopForManyRows) {
  for (const auto& [n_rows, n_in, n_out] :
       {std::tuple{96, 31, 65}, {97, 800, 70}, {130, 1700, 64}, {300, 40, 130}}) {
    ASSERT_NO_FATAL_FAILURE(expect_products(k, WeightType::kFloat32, n_in, n_out, n_rows));
  }
}

TEST_P(Multiplication, EveryTypeEqualsADoublePrecisionLoopForSeveralBlocksOfRows) {
  for (const WeightType type : kWeightTypes) {
    ASSERT_NO_FATAL_FAILURE(expect_products(k, type, 70, 130, 400));
  }
}

TEST_P(Multiplication, EqualsADoublePrecisionLoopForTheWholeVocabulary) {
  for (const WeightType type : {WeightType::kFloat32, WeightType::kInt8}) {
    const PackedMatrix w(random_matrix(3, 50257, 5), type);
    for (const int n_rows : {1, 17}) {
      const Matrix x = random_matrix(n_rows, 3, 6);
      ASSERT_NO_FATAL_FAILURE(expect_product(expected_sums(k, x, w.weight()), x, w.weight(), {}))
          << weight_type_name(type);
    }
  }
}

Matrix product_of(const Matrix& x, const Weight& w) {
  Matrix out(x.rows(), w.n_out);
  multiply({.x = x.data(), .n_rows = static_cast<int>(x.rows()), .w = w, .out = out.data()});
  return out;
}

// Of float32 weights more than a few, unless a library multiplies them.
int rows_of_same_bits(const Kernels& k, WeightType type) {
  if (type != WeightType::kFloat32 || many_rows_library() != nullptr) return kFewRows;
  return k.three_terms.multiply != nullptr ? kTermRows - 1 : 100;
}

TEST_P(Multiplication, ARowHasTheSameBitsAloneAndWithOthers) {
  for (const WeightType type : kWeightTypes) {
    for (const int n_in : {100, 1700}) {
      const PackedMatrix w(random_matrix(n_in, 77, 7), type);
      const Matrix x = random_matrix(rows_of_same_bits(k, type), n_in, 8);
      const Matrix together = product_of(x, w.weight());
      for (Eigen::Index row = 0; row < x.rows(); ++row) {
        const Eigen::Index n = std::min<Eigen::Index>(x.rows() - row, 7);
        ASSERT_EQ(product_of(x.row(row), w.weight()), together.row(row))
            << weight_type_name(type) << " " << n_in << " inputs";
        ASSERT_EQ(product_of(x.middleRows(row, n), w.weight()), together.middleRows(row, n))
            << weight_type_name(type) << " " << n_in << " inputs";
      }
    }
  }
}

TEST_P(Multiplication, NanInARowStaysInThatRow) {
  for (const WeightType type : kWeightTypes) {
    const PackedMatrix w(random_matrix(70, 70, 9), type);
    for (const int n_rows : {3, 40, 100}) {
      Matrix x = random_matrix(n_rows, 70, 10), out(n_rows, 70);
      x(1, 40) = NAN;
      multiply({.x = x.data(), .n_rows = n_rows, .w = w.weight(), .out = out.data()});
      EXPECT_TRUE(out.row(1).array().isNaN().all()) << weight_type_name(type);
      EXPECT_TRUE(out.row(0).allFinite());
      EXPECT_TRUE(out.bottomRows(n_rows - 2).allFinite());
    }
  }
}

}  // namespace
}  // namespace gpt2run
