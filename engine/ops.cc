#include "engine/ops.h"

#include <cassert>
#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>

#include "base/threads.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"

namespace gpt2run {
namespace {

// The product and, by the caller, what is done with its sums.
Matrix product_of(const Matrix& x, const Weight& w, Product product) {
  assert(x.cols() == w.n_in);
  Matrix out(x.rows(), w.n_out);
  product.x = x.data();
  product.n_rows = static_cast<int>(x.rows());
  product.w = w;
  product.out = out.data();
  multiply(product);
  return out;
}

const float* bias_of(const Linear& layer) {
  assert(layer.b.size == layer.w.n_out);
  return layer.b.data;
}

}  // namespace

Matrix layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon) {
  assert(x.cols() == ln.g.size && x.cols() == ln.b.size);
  Matrix out(x.rows(), x.cols());
  const double work = 4.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    kernels().layer_norm_row(x.row(i).data(), ln.g.size, ln.g.data, ln.b.data, epsilon,
                             out.row(i).data());
  });
  return out;
}

Matrix linear(const Matrix& x, const Linear& layer) {
  return product_of(x, layer.w, {.bias = bias_of(layer)});
}

Matrix linear_add(const Matrix& residual, const Matrix& x, const Linear& layer) {
  assert(residual.rows() >= x.rows() && residual.cols() == layer.w.n_out);
  const float* const last_rows = residual.data() + (residual.rows() - x.rows()) * residual.cols();
  return product_of(x, layer.w, {.bias = bias_of(layer), .residual = last_rows});
}

Matrix linear_gelu(const Matrix& x, const Linear& layer, Activation activation) {
  if (activation == Activation::kGeluTanh) {
    return product_of(x, layer.w, {.bias = bias_of(layer), .gelu_tanh = true});
  }
  Matrix y = linear(x, layer);
  const float sqrt_half = std::sqrt(0.5f);
  parallel_for(static_cast<int>(y.rows()), 20.0 * static_cast<double>(y.size()), [&](int i) {
    auto row = y.row(i).array();
    row = 0.5f * row * (1.0f + (sqrt_half * row).erf());
  });
  return y;
}

Matrix embedding(std::span<const int> ids, int n_past, const Weight& wte, const LookupTable& wpe) {
  assert(wte.n_in == wpe.cols);
  Matrix out(static_cast<Eigen::Index>(ids.size()), wpe.cols);
  parallel_for(static_cast<int>(ids.size()), 16.0 * static_cast<double>(out.size()), [&](int i) {
    unpack_column(wte, ids[static_cast<size_t>(i)], out.row(i).data());
    out.row(i) += view(wpe).row(n_past + i);
  });
  return out;
}

Matrix lm_head(const Matrix& x, const Weight& w) {
  return product_of(x, w, {});
}

}  // namespace gpt2run
