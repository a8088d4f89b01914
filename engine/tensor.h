#pragma once

#include <Eigen/Core>

#include "engine/params.h"

namespace gpt2run {

// Activations: row-major float32, one row a token, as in NumPy.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Stored numbers seen as Eigen objects.
inline Eigen::Map<const Matrix> view(const Table& table) {
  return {table.data, table.rows, table.cols};
}
inline Eigen::Map<const Eigen::RowVectorXf> view(const WeightVector& vector) {
  return {vector.data, vector.size};
}

}  // namespace gpt2run
