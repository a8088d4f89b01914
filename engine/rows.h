#pragma once

#include <utility>

#include "engine/activation_memory.h"
#include "engine/kernels/product.h"
#include "engine/tensor.h"

namespace gpt2run {

// Activations that nothing but one product reads: float32, or rounded already as that product
// would round them, which is a quarter of the memory to write and to read.
// Owns: the numbers.
class Rows {
 public:
  // float32.
  explicit Rows(Matrix floats)
      : floats_(std::move(floats)), n_rows_(floats_.rows()), n_in_(floats_.cols()) {}
  // [n_rows, next.n_in] for a product with that weight, as it reads so many rows best. Its numbers
  // are whatever stood there.
  Rows(Eigen::Index n_rows, const Weight& next);

  Eigen::Index n_rows() const { return n_rows_; }
  Eigen::Index n_in() const { return n_in_; }

  // [n_rows, n_in]. Requires: they are float32.
  Matrix floats() && { return std::move(floats_); }

  // As the product's out, which it then writes; and as its x.
  void be_output_of(Product& product);
  void be_input_of(Product& product) const;

  // Where to write row i in float32; finish_row(i, there) then makes it what it is to be. Threads:
  // each row by one.
  //   buffer  [n_in], for rows that do not stay float32
  float* begin_row(Eigen::Index i, float* buffer) {
    return groups() == nullptr ? floats_.row(i).data() : buffer;
  }
  void finish_row(Eigen::Index i, const float* row);

 private:
  ByteGroup* groups() { return reinterpret_cast<ByteGroup*>(groups_.data()); }

  Matrix floats_;            // or empty:
  ActivationMemory groups_;  // [n_rows][ceil(n_in / 32)] of ByteGroup
  Eigen::Index n_rows_, n_in_;
};

}  // namespace gpt2run
