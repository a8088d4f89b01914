#pragma once

#include <cstddef>
#include <vector>

#include "engine/tensor.h"
#include "engine/weight.h"

namespace gpt2run {

// Numbers in [-scale, scale), the same on every machine.
std::vector<float> random_numbers(size_t n, unsigned seed, float scale = 1);
Matrix random_matrix(Eigen::Index rows, Eigen::Index cols, unsigned seed, float scale = 1);

// A matrix packed into memory of exactly the size that it takes, so that a sanitizer sees every
// access beyond it.
// Owns: the bytes that weight() points into.
class PackedMatrix {
 public:
  // Zeros.
  PackedMatrix(WeightType type, int n_in, int n_out);
  //   values  [n_in, n_out], or [n_out, n_in] for kOutIn
  explicit PackedMatrix(const Matrix& values, WeightType type = WeightType::kFloat32,
                        MatrixOrder order = MatrixOrder::kInOut);

  const Weight& weight() const { return weight_; }
  std::vector<std::byte>& bytes() { return bytes_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  Weight weight_;
};

// The rounded numbers that a packed weight stands for.
//   returns  [n_in, n_out]
Matrix unpacked(const Weight& weight);

// A row of one, as the parameters that point to it.
WeightVector vector_of(Matrix& row);

}  // namespace gpt2run
