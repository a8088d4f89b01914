#pragma once

#include <Eigen/Core>
#include <new>
#include <utility>

#include "engine/activation_memory.h"
#include "engine/params.h"

namespace gpt2run {

// Activations: row-major float32, one row a token, as in NumPy. An Eigen matrix in all but where
// its numbers are: in memory that earlier ones have left (activation_memory.h).
class Matrix
    : public Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> {
 public:
  using Plain = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Map = Eigen::Map<Plain>;

  Matrix() : Map(nullptr, 0, 0) {}
  // Its numbers are whatever stood there.
  Matrix(Eigen::Index rows, Eigen::Index cols)
      : Map(nullptr, rows, cols), memory_(static_cast<size_t>(rows * cols)) {
    point_to(rows, cols);
  }
  template <class Expression>
  Matrix(const Eigen::MatrixBase<Expression>& x) : Matrix(x.rows(), x.cols()) {
    Map::operator=(x);
  }
  Matrix(const Matrix& other) : Matrix(static_cast<const Eigen::MatrixBase<Map>&>(other)) {}
  Matrix(Matrix&& other) noexcept : Matrix() { swap(other); }

  Matrix& operator=(Matrix other) noexcept {
    swap(other);
    return *this;
  }
  template <class Expression>
  Matrix& operator=(const Eigen::MatrixBase<Expression>& x) {
    return *this = Matrix(x);
  }

  void resize(Eigen::Index, Eigen::Index) = delete;  // a Map's would do nothing

  void swap(Matrix& other) noexcept {
    const Eigen::Index n_rows = rows(), n_cols = cols();
    std::swap(memory_, other.memory_);
    point_to(other.rows(), other.cols());
    other.point_to(n_rows, n_cols);
  }

 private:
  // Eigen's own way to give a Map another array.
  void point_to(Eigen::Index rows, Eigen::Index cols) noexcept {
    new (static_cast<Map*>(this)) Map(memory_.data(), rows, cols);
  }

  ActivationMemory memory_;
};

// Stored numbers seen as Eigen objects.
inline Eigen::Map<const Matrix::Plain> view(const LookupTable& table) {
  return {table.data, table.rows, table.cols};
}
inline Eigen::Map<const Eigen::RowVectorXf> view(const WeightVector& vector) {
  return {vector.data, vector.size};
}

}  // namespace gpt2run
