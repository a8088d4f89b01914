#include "engine/ops.h"

#include <cassert>
#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"

namespace gpt2run {
namespace {

// x * w + b, to which the caller adds what is done with the sums, and where they go.
Product product_of(const Rows& x, const Linear& layer) {
  assert(x.n_in() == layer.w.n_in && layer.b.size == layer.w.n_out);
  Product product = {.w = layer.w, .bias = layer.b.data};
  x.be_input_of(product);
  return product;
}

Matrix result_of(Product product) {
  Matrix out(product.n_rows, product.w.n_out);
  product.out = out.data();
  multiply(product);
  return out;
}

void normalize_rows(const Matrix& x, const LayerNorm& ln, float epsilon, Rows& out) {
  assert(x.cols() == ln.g.size && x.cols() == ln.b.size);
  const double work = 4.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    thread_local std::vector<float> buffer;
    buffer.resize(static_cast<size_t>(x.cols()));
    float* const row = out.begin_row(i, buffer.data());
    kernels().layer_norm_row(x.row(i).data(), ln.g.size, ln.g.data, ln.b.data, epsilon, row);
    out.finish_row(i, row);
  });
}

}  // namespace

Matrix layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon) {
  Rows out(Matrix(x.rows(), x.cols()));
  normalize_rows(x, ln, epsilon, out);
  return std::move(out).floats();
}

Rows layer_norm(const Matrix& x, const LayerNorm& ln, float epsilon, const Weight& next) {
  Rows out(x.rows(), next);
  normalize_rows(x, ln, epsilon, out);
  return out;
}

Matrix linear(const Rows& x, const Linear& layer) {
  return result_of(product_of(x, layer));
}

Matrix linear_add(const Matrix& residual, const Rows& x, const Linear& layer) {
  assert(residual.rows() >= x.n_rows() && residual.cols() == layer.w.n_out);
  Product product = product_of(x, layer);
  product.residual = residual.data() + (residual.rows() - x.n_rows()) * residual.cols();
  return result_of(product);
}

Rows linear_gelu(const Rows& x, const Linear& layer, Activation activation, const Weight& next) {
  assert(layer.w.n_out == next.n_in);
  if (activation == Activation::kGeluTanh) {
    Rows out(x.n_rows(), next);
    Product product = product_of(x, layer);
    product.gelu_tanh = true;
    out.be_output_of(product);
    multiply(product);
    return out;
  }
  Matrix y = linear(x, layer);
  const float sqrt_half = std::sqrt(0.5f);
  parallel_for(static_cast<int>(y.rows()), 20.0 * static_cast<double>(y.size()), [&](int i) {
    auto row = y.row(i).array();
    row = 0.5f * row * (1.0f + (sqrt_half * row).erf());
  });
  return Rows(std::move(y));
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
  assert(x.cols() == w.n_in);
  return result_of({.x = x.data(), .n_rows = static_cast<int>(x.rows()), .w = w});
}

}  // namespace gpt2run
