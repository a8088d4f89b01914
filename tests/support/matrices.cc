#include "support/matrices.h"

#include <random>

namespace gpt2run {

std::vector<float> random_numbers(size_t n, unsigned seed, float scale) {
  std::mt19937 random(seed);
  std::vector<float> numbers(n);
  for (float& x : numbers) x = scale * (static_cast<float>(random() >> 8) * 0x1p-23f - 1);
  return numbers;
}

Matrix random_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed, float scale) {
  const std::vector<float> numbers = random_numbers(static_cast<size_t>(rows * cols), seed, scale);
  return Eigen::Map<const Matrix::Plain>(numbers.data(), rows, cols);
}

PackedMatrix::PackedMatrix(WeightType type, int n_in, int n_out)
    : bytes_(weight_bytes(type, n_in, n_out)),
      weight_({.data = bytes_.data(), .n_in = n_in, .n_out = n_out, .type = type}) {}

PackedMatrix::PackedMatrix(const Matrix& values, WeightType type, MatrixOrder order)
    : PackedMatrix(type,
                   static_cast<int>(order == MatrixOrder::kInOut ? values.rows() : values.cols()),
                   static_cast<int>(order == MatrixOrder::kInOut ? values.cols() : values.rows())) {
  pack(values.data(), order, weight_);
}

Matrix unpacked(const Weight& weight) {
  Matrix columns(weight.n_out, weight.n_in);
  for (int j = 0; j < weight.n_out; ++j) unpack_column(weight, j, columns.row(j).data());
  return columns.transpose();
}

WeightVector vector_of(Matrix& row) {
  return {row.data(), static_cast<int>(row.cols())};
}

}  // namespace gpt2run
