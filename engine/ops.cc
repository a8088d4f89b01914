#include "engine/ops.h"

#include <cblas.h>

#include <cassert>
#include <cmath>

#include "engine/threads.h"

namespace gpt2run {
namespace {

constexpr float kLayerNormEpsilon = 1e-5f;

// out = x * w + out, or x * w^T + out. One row is bound by reading w once, which sgemv does at the
// memory's speed; sgemm would copy w into its own layout first.
void add_product(const Matrix& x, const Weight& w, bool transpose_w, Matrix& out) {
  const int n_seq = static_cast<int>(x.rows());
  const int n_in = static_cast<int>(x.cols());
  const int n_out = static_cast<int>(out.cols());
  if (n_seq == 1) {
    cblas_sgemv(CblasRowMajor, transpose_w ? CblasNoTrans : CblasTrans, w.rows, w.cols, 1.0f,
                w.data, w.cols, x.data(), 1, 1.0f, out.data(), 1);
  } else {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, transpose_w ? CblasTrans : CblasNoTrans, n_seq, n_out,
                n_in, 1.0f, x.data(), n_in, w.data, w.cols, 1.0f, out.data(), n_out);
  }
}

}  // namespace

Matrix gelu(Matrix x) {
  const float sqrt_2_over_pi = std::sqrt(2.0f / static_cast<float>(M_PI));
  const double work = 20.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    auto row = x.row(i).array();
    row = 0.5f * row * (1.0f + (sqrt_2_over_pi * (row + 0.044715f * row.cube())).tanh());
  });
  return x;
}

Matrix softmax(Matrix x) {
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    auto row = x.row(i).array();
    row = (row - row.maxCoeff()).exp();
    row /= row.sum();
  }
  return x;
}

Matrix layer_norm(const Matrix& x, const LayerNorm& ln) {
  assert(x.cols() == ln.g.size && x.cols() == ln.b.size);
  const auto g = view(ln.g).array();
  const auto b = view(ln.b).array();
  Matrix out(x.rows(), x.cols());
  const double work = 8.0 * static_cast<double>(x.size());
  parallel_for(static_cast<int>(x.rows()), work, [&](int i) {
    const auto row = x.row(i).array();
    const float mean = row.mean();
    const float variance = (row - mean).square().mean();
    out.row(i).array() = (row - mean) / std::sqrt(variance + kLayerNormEpsilon) * g + b;
  });
  return out;
}

Matrix linear(const Matrix& x, const Linear& layer) {
  assert(x.cols() == layer.w.rows && layer.w.cols == layer.b.size);
  Matrix out(x.rows(), layer.w.cols);
  out.rowwise() = view(layer.b);
  add_product(x, layer.w, /*transpose_w=*/false, out);
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

Matrix lm_head(const Matrix& x, const Weight& wte) {
  assert(x.cols() == wte.cols);
  Matrix logits = Matrix::Zero(x.rows(), wte.rows);
  add_product(x, wte, /*transpose_w=*/true, logits);
  return logits;
}

}  // namespace gpt2run
