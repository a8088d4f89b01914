#include "engine/ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "support/matrices.h"

namespace gpt2run {
namespace {

// A sum of n float products can be off by n * epsilon of the sum of their magnitudes.
double tolerance(Eigen::Index n, double magnitude) {
  return static_cast<double>(n) * std::numeric_limits<float>::epsilon() * magnitude + 1e-7;
}

const std::vector<std::pair<int, int>> kAwkwardSizes = {
    {1, 1}, {1, 3}, {3, 1}, {15, 45}, {17, 5}, {64, 192}, {768, 2304}, {3, 50257}};

TEST(Linear, EqualsADoublePrecisionLoopForOneRowAndMany) {
  for (const auto& [n_in, n_out] : kAwkwardSizes) {
    const Matrix w = random_matrix(n_in, n_out, 1);
    Matrix b = random_matrix(1, n_out, 2);
    const PackedMatrix packed(w);
    for (const int n_seq : {1, 2, 3, 17}) {
      const Matrix x = random_matrix(n_seq, n_in, 3);
      const Matrix y = linear(Rows(x), {packed.weight(), vector_of(b)});
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
    const Matrix w = random_matrix(n_vocab, n_embd, 4);
    const PackedMatrix packed(w, WeightType::kFloat32, MatrixOrder::kOutIn);
    for (const int n_seq : {1, 2, 5}) {
      const Matrix x = random_matrix(n_seq, n_embd, 5);
      const Matrix logits = lm_head(x, packed.weight());
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
  Matrix x(2001, 1);
  for (int i = 0; i < 2001; ++i) x(i, 0) = static_cast<float>(i - 1000) * 0.01f;
  return x;
}

// activation(1 * x + 0), times 1: x goes through the products as it is.
Matrix activated(const Matrix& x, Activation activation) {
  const PackedMatrix one(Matrix::Ones(1, 1));
  Matrix zero = Matrix::Zero(1, 1);
  const Linear as_it_is = {one.weight(), vector_of(zero)};
  return linear(linear_gelu(Rows(x), as_it_is, activation, one.weight()), as_it_is);
}

TEST(LinearGelu, HasTheTanhForm) {
  const Matrix x = steps_of_a_hundredth();
  const Matrix y = activated(x, Activation::kGeluTanh);
  for (int i = 0; i < x.rows(); ++i) {
    const double v = x(i, 0);
    const double expected =
        0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
    ASSERT_NEAR(y(i, 0), expected, 2e-6) << v;
  }
}

TEST(LinearGelu, HasTheExactForm) {
  const Matrix x = steps_of_a_hundredth();
  const Matrix y = activated(x, Activation::kGeluErf);
  for (int i = 0; i < x.rows(); ++i) {
    const double v = x(i, 0);
    ASSERT_NEAR(y(i, 0), 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))), 1e-6) << v;
  }
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

// What is rounded on the way from one operation to the next is what the next would have rounded.
TEST(Operations, HandOnToAProductWhatItWouldMakeOfFloat32) {
  for (const WeightType type : kWeightTypes) {
    for (const int n_seq : {1, 16, 17, 70}) {
      for (const auto& [n_embd, d_mlp] : {std::pair{15, 45}, {64, 200}, {96, 33}}) {
        const Matrix x = random_matrix(n_seq, n_embd, 10);
        Matrix g = random_matrix(1, n_embd, 11), b = random_matrix(1, n_embd, 12),
               b_fc = random_matrix(1, d_mlp, 13);
        const PackedMatrix w_fc(random_matrix(n_embd, d_mlp, 14), type),
            w_proj(random_matrix(d_mlp, n_embd, 15), type);
        const Linear c_fc = {w_fc.weight(), vector_of(b_fc)},
                     c_proj = {w_proj.weight(), vector_of(b)};
        const LayerNorm ln = {vector_of(g), vector_of(b)};
        const Rows normal = layer_norm(x, ln, 1e-5f, c_fc.w);
        const Matrix normal_floats = layer_norm(x, ln, 1e-5f);
        EXPECT_EQ(linear(normal, c_fc), linear(Rows(normal_floats), c_fc))
            << weight_type_name(type) << " " << n_seq;
        const auto gelu_for = [&](const Weight& next) {
          return linear_gelu(normal, c_fc, Activation::kGeluTanh, next);
        };
        const PackedMatrix float32(random_matrix(d_mlp, 1, 16));
        Rows as_floats = gelu_for(float32.weight());
        EXPECT_EQ(linear_add(x, gelu_for(c_proj.w), c_proj),
                  linear_add(x, Rows(std::move(as_floats).floats()), c_proj))
            << weight_type_name(type) << " " << n_seq;
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

TEST(Embedding, AddsTheTokensColumnAndThePositionsRow) {
  const Matrix wte = random_matrix(7, 5, 10);
  Matrix wpe = random_matrix(9, 5, 11);
  const LookupTable positions = {wpe.data(), 9, 5};
  const std::vector<int> ids = {6, 0, 6};
  for (const WeightType type : kWeightTypes) {
    const PackedMatrix packed(wte, type, MatrixOrder::kOutIn);
    const Matrix tokens = unpacked(packed.weight());
    const Matrix x = embedding(ids, 4, packed.weight(), positions);
    ASSERT_EQ(x.rows(), 3);
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 5; ++j) EXPECT_EQ(x(i, j), tokens(j, ids[i]) + wpe(4 + i, j));
    }
  }
}

TEST(LinearAdd, AddsWhatLinearGives) {
  Matrix b = random_matrix(1, 33, 12);
  const PackedMatrix w(random_matrix(7, 33, 13));
  for (const int n_seq : {1, 19, 100}) {
    const Matrix x = random_matrix(n_seq, 7, 14), residual = random_matrix(n_seq, 33, 15);
    const Linear layer = {w.weight(), vector_of(b)};
    const Matrix sum = residual + linear(Rows(x), layer);
    EXPECT_EQ(linear_add(residual, Rows(x), layer), sum);
  }
}

}  // namespace
}  // namespace gpt2run
