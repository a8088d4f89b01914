#include "engine/ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace gpt2run {
namespace {

Matrix random_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed, float scale = 1) {
  std::mt19937 random(seed);
  Matrix matrix(rows, cols);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = scale * (static_cast<float>(random() >> 8) * 0x1p-23f - 1);
  }
  return matrix;
}

Weight weight_of(Matrix& matrix) {
  return {matrix.data(), static_cast<int>(matrix.rows()), static_cast<int>(matrix.cols())};
}

WeightVector vector_of(Matrix& row) {
  return {row.data(), static_cast<int>(row.cols())};
}

// A sum of n float products can be off by n * epsilon of the sum of their magnitudes.
double tolerance(Eigen::Index n, double magnitude) {
  return static_cast<double>(n) * std::numeric_limits<float>::epsilon() * magnitude + 1e-7;
}

const std::vector<std::pair<int, int>> kAwkwardSizes = {
    {1, 1}, {1, 3}, {3, 1}, {15, 45}, {17, 5}, {64, 192}, {768, 2304}, {3, 50257}};

TEST(Linear, EqualsADoublePrecisionLoopForOneRowAndMany) {
  for (const auto& [n_in, n_out] : kAwkwardSizes) {
    Matrix w = random_matrix(n_in, n_out, 1), b = random_matrix(1, n_out, 2);
    for (const int n_seq : {1, 2, 3, 17}) {
      const Matrix x = random_matrix(n_seq, n_in, 3);
      const Matrix y = linear(x, {weight_of(w), vector_of(b)});
      ASSERT_EQ(y.rows(), n_seq);
      ASSERT_EQ(y.cols(), n_out);
      for (int i = 0; i < n_seq; ++i) {
        for (int j = 0; j < n_out; ++j) {
          double sum = b(0, j);
          for (int k = 0; k < n_in; ++k) sum += static_cast<double>(x(i, k)) * w(k, j);
          ASSERT_NEAR(y(i, j), sum, tolerance(n_in, n_in))
              << n_seq << " x " << n_in << " x " << n_out;
        }
      }
    }
  }
}

TEST(LmHead, MultipliesByTheTransposedWeight) {
  for (const auto& [n_embd, n_vocab] : kAwkwardSizes) {
    Matrix w = random_matrix(n_vocab, n_embd, 4);
    for (const int n_seq : {1, 2, 5}) {
      const Matrix x = random_matrix(n_seq, n_embd, 5);
      const Matrix logits = lm_head(x, weight_of(w));
      ASSERT_EQ(logits.cols(), n_vocab);
      for (int i = 0; i < n_seq; ++i) {
        for (int j = 0; j < n_vocab; ++j) {
          double sum = 0;
          for (int k = 0; k < n_embd; ++k) sum += static_cast<double>(x(i, k)) * w(j, k);
          ASSERT_NEAR(logits(i, j), sum, tolerance(n_embd, n_embd));
        }
      }
    }
  }
}

// From -10 to 10, where 1 + erf and 1 + tanh are 0 in float32, and 2.
Matrix steps_of_a_hundredth() {
  Matrix x(1, 2001);
  for (int i = 0; i < 2001; ++i) x(0, i) = static_cast<float>(i - 1000) * 0.01f;
  return x;
}

TEST(Gelu, HasTheTanhForm) {
  const Matrix x = steps_of_a_hundredth();
  const Matrix y = gelu(x, Activation::kGeluTanh);
  for (int i = 0; i < x.cols(); ++i) {
    const double v = x(0, i);
    const double expected =
        0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
    ASSERT_NEAR(y(0, i), expected, 2e-6) << v;
  }
}

TEST(Gelu, HasTheExactForm) {
  const Matrix x = steps_of_a_hundredth();
  const Matrix y = gelu(x, Activation::kGeluErf);
  for (int i = 0; i < x.cols(); ++i) {
    const double v = x(0, i);
    ASSERT_NEAR(y(0, i), 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))), 1e-6) << v;
  }
}

TEST(Softmax, SumsToOneAndSurvivesLargeValues) {
  Matrix x = random_matrix(5, 37, 6, 4);
  x.row(1).array() += 10000;
  x.row(2).array() -= 10000;
  x(3, 0) = -std::numeric_limits<float>::infinity();
  const Matrix y = softmax(x);
  for (int i = 0; i < 5; ++i) {
    double sum = 0;
    for (int j = 0; j < 37; ++j)
      sum += std::exp(static_cast<double>(x(i, j)) - x.row(i).maxCoeff());
    for (int j = 0; j < 37; ++j) {
      const double expected = std::exp(static_cast<double>(x(i, j)) - x.row(i).maxCoeff()) / sum;
      ASSERT_NEAR(y(i, j), expected, 1e-6);
    }
  }
  EXPECT_EQ(y(3, 0), 0);
}

TEST(LayerNorm, NormalizesEachRowWithTheBiasedVariance) {
  for (const int n_embd : {1, 2, 15, 48, 768}) {
    Matrix x = random_matrix(3, n_embd, 7), g = random_matrix(1, n_embd, 8),
           b = random_matrix(1, n_embd, 9);
    x.row(1).array() += 100;  // a mean far from zero must not cost the variance its digits
    for (const float epsilon : {1e-5f, 1e-12f, 0.5f}) {
      const Matrix y = layer_norm(x, {vector_of(g), vector_of(b)}, epsilon);
      for (int i = 0; i < 3; ++i) {
        double mean = 0, variance = 0;
        for (int j = 0; j < n_embd; ++j) mean += x(i, j) / static_cast<double>(n_embd);
        for (int j = 0; j < n_embd; ++j) variance += (x(i, j) - mean) * (x(i, j) - mean) / n_embd;
        for (int j = 0; j < n_embd; ++j) {
          ASSERT_NEAR(y(i, j), (x(i, j) - mean) / std::sqrt(variance + epsilon) * g(0, j) + b(0, j),
                      i == 1 ? 1e-3 : 1e-5);
        }
      }
    }
  }
}

TEST(LayerNorm, AConstantRowGivesTheBias) {
  for (const float value : {0.0f, 1.0f, 1e4f, 1e6f}) {
    Matrix x = Matrix::Constant(1, 768, value), g = random_matrix(1, 768, 8),
           b = random_matrix(1, 768, 9);
    EXPECT_EQ(layer_norm(x, {vector_of(g), vector_of(b)}, 1e-5f), b) << value;
  }
}

TEST(Embedding, AddsTheTokensRowAndThePositionsRow) {
  Matrix wte = random_matrix(7, 5, 10), wpe = random_matrix(9, 5, 11);
  const std::vector<int> ids = {6, 0, 6};
  const Matrix x = embedding(ids, 4, weight_of(wte), weight_of(wpe));
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 5; ++j) EXPECT_EQ(x(i, j), wte(ids[i], j) + wpe(4 + i, j));
  }
}

}  // namespace
}  // namespace gpt2run
