#include "engine/ops.h"

#include <cassert>
#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>

#include "engine/kernels/product.h"
#include "engine/threads.h"

namespace gpt2run {

Matrix gelu(Matrix x, Activation activation) {
  const float sqrt_2_over_pi = std::sqrt(2.0f / static_cast<float>(M_PI));
  const float sqrt_half = std::sqrt(0.5f);
  const double work = 20.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    auto row = x.row(i).array();
    if (activation == Activation::kGeluErf) {
      row = 0.5f * row * (1.0f + (sqrt_half * row).erf());
    } else {
      row = 0.5f * row * (1.0f + (sqrt_2_over_pi * (row + 0.044715f * row.cube())).tanh());
    }
  });
  return x;
}

Matrix add(const Matrix& x, Matrix y) {
  assert(x.rows() == y.rows() && x.cols() == y.cols());
  parallel_for(static_cast<int>(x.rows()), static_cast<double>(x.size()),
               [&](int i) { y.row(i) += x.row(i); });
  return y;
}

Matrix softmax(Matrix x) {
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    auto row = x.row(i).array();
    row = (row - row.maxCoeff()).exp();
    row /= row.sum();
  }
  return x;
}

Matrix layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon) {
  assert(x.cols() == ln.g.size && x.cols() == ln.b.size);
  const auto g = view(ln.g).array();
  const auto b = view(ln.b).array();
  Matrix out(x.rows(), x.cols());
  const double work = 8.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    const auto row = x.row(i).array();
    float mean = row.mean();
    mean +=
        (row - mean).mean();  // of a row far from zero, the sum's rounding is large beside x - mean
    const float variance = (row - mean).square().mean();
    out.row(i).array() = (row - mean) / std::sqrt(variance + epsilon) * g + b;
  });
  return out;
}

Matrix linear(const Matrix& x, const Linear& layer) {
  assert(x.cols() == layer.w.rows && layer.w.cols == layer.b.size);
  Matrix out(x.rows(), layer.w.cols);
  const auto b = view(layer.b);
  parallel_for(static_cast<int>(x.rows()), static_cast<double>(out.size()),
               [&](int i) { out.row(i) = b; });
  add_product(x.data(), static_cast<int>(x.rows()), layer.w.data, WeightLayout::kInOut,
              layer.w.rows, layer.w.cols, out.data());
  return out;
}

Matrix embedding(std::span<const int> ids, int n_past, const Weight& wte, const Weight& wpe) {
  assert(wte.cols == wpe.cols);
  Matrix out(static_cast<Eigen::Index>(ids.size()), wte.cols);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    out.row(row) = view(wte).row(ids[i]) + view(wpe).row(n_past + row);
  }
  return out;
}

Matrix lm_head(const Matrix& x, const Weight& w) {
  assert(x.cols() == w.cols);
  Matrix logits = Matrix::Zero(x.rows(), w.rows);
  add_product(x.data(), static_cast<int>(x.rows()), w.data, WeightLayout::kOutIn, w.cols, w.rows,
              logits.data());
  return logits;
}

}  // namespace gpt2run
