#include "engine/rows.h"

#include "engine/kernels/kernels.h"

namespace gpt2run {

Rows::Rows(Eigen::Index n_rows, const Weight& next) : n_rows_(n_rows), n_in_(next.n_in) {
  if (!takes_bytes(static_cast<int>(n_rows), next.type)) {
    floats_ = Matrix(n_rows, n_in_);
    return;
  }
  const Eigen::Index n_groups = n_rows * n_input_groups(next.n_in);
  groups_ = ActivationMemory(static_cast<size_t>(n_groups) * sizeof(ByteGroup) / sizeof(float));
}

void Rows::be_output_of(Product& product) {
  product.out = floats_.data();
  product.out_groups = groups();
}

void Rows::be_input_of(Product& product) const {
  product.n_rows = static_cast<int>(n_rows_);
  product.x = floats_.data();
  product.x_groups = reinterpret_cast<const ByteGroup*>(groups_.data());
}

void Rows::finish_row(Eigen::Index i, const float* row) {
  if (groups() == nullptr) return;
  const int n_in = static_cast<int>(n_in_);
  kernels().quantize_row_to_bytes(row, n_in, groups() + i * n_input_groups(n_in));
}

}  // namespace gpt2run
