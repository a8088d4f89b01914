#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/checkpoint.h"

namespace gpt2run {

// How the numbers of two tensors differ, as float32, summed up in double. Where one of a pair of
// numbers with different bits is NaN or infinite, they differ infinitely.
struct NumberDiff {
  uint64_t n_values = 0;
  uint64_t n_different = 0;  // in any bit: 0 and -0 too
  double max_abs = 0;
  double sum_abs = 0;
  double dot = 0, norm2_a = 0, norm2_b = 0;  // of the two as vectors

  double mean_abs() const;
  std::optional<double> cosine() const;  // nothing if one has no length, or none that is finite
  void add(const NumberDiff& other);
};

NumberDiff diff_numbers(const float* a, const float* b, uint64_t n);

// A tensor as one of two checkpoints has it.
struct DiffSide {
  std::string name;            // its own
  std::string dtype;           // as stored
  std::vector<int64_t> shape;  // as the model computes with it
  TensorRole role = TensorRole::kWeight;
};

// One weight of either.
struct TensorDiff {
  enum Status { kCompared, kShapes, kTypes, kOnlyInA, kOnlyInB };
  std::string weight;  // "model/h3/attn/c_attn/w"
  Status status = kCompared;
  std::optional<DiffSide> a, b;
  bool is_allowed = false;  // of a kOnlyIn: --allow-missing names it
  NumberDiff numbers;       // of a kCompared

  // Whether it passes: 0 asks for the same bits.
  bool is_equal(double tolerance) const;
};

struct CheckpointDiff {
  std::vector<TensorDiff> tensors;         // in a's order, then those that only b has
  std::vector<DiffSide> extra_a, extra_b;  // what is no weight: it is not compared
  NumberDiff all;                          // of what was compared

  bool is_equal(double tolerance) const;
};

// Compares the weights of two checkpoints of any format, by OpenAI's names and in the model's
// shapes. A head that only one has is held against the other's wte, to which it is tied there. A
// tensor in the model's scope that is no weight of GPT-2 is compared under its own name.
// Memory: a tensor of each. Errors: CheckpointError kMismatch if one has no weight of GPT-2; those
// of reading a tensor; std::bad_alloc.
CheckpointDiff diff_checkpoints(const Checkpoint& a, const Checkpoint& b);

}  // namespace gpt2run
