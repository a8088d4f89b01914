#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loader/tensor_source.h"

namespace gpt2run {

// A step from a tensor as it is stored to a weight as the model computes with it.
struct Transform {
  enum Kind {
    kSqueeze,    // takes every dimension of 1 away
    kUnsqueeze,  // puts a dimension of 1 in front
    kTranspose,  // exchanges the last two dimensions
    kSlice,      // keeps the items [begin, end) of each dimension
    kPad,        // puts zeros behind the items of each dimension, up to `shape`
  };
  Kind kind = kSqueeze;
  std::vector<std::pair<int64_t, int64_t>> ranges;  // of kSlice, one a dimension
  std::vector<int64_t> shape;                       // of kPad

  bool operator==(const Transform&) const = default;
};

// "transpose", "slice [0:50257, 0:768]"
std::string transform_text(const Transform& transform);
std::string transforms_text(const std::vector<Transform>& transforms);

// The shape that comes out.
// Errors: std::invalid_argument if the step cannot be taken from that shape, saying why.
std::vector<int64_t> transformed_shape(const Transform& transform,
                                       const std::vector<int64_t>& shape);
std::vector<int64_t> transformed_shape(const std::vector<Transform>& transforms,
                                       std::vector<int64_t> shape);

// Whether the values stay as they are, one after the other.
bool keeps_order(const std::vector<Transform>& transforms);

// In which order a matrix's values stand where it is stored.
enum class StoredOrder {
  kAsIs,
  kTransposed,  // column after column
};

// Nothing where the steps do more than exchange a matrix's dimensions, and leave out rows behind
// its last.
//   shape  as stored
std::optional<StoredOrder> stored_order(const std::vector<Transform>& transforms,
                                        std::vector<int64_t> shape);

// Takes all steps.
//   values   [product of shape]
//   returns  [product of transformed_shape(transforms, shape)]
std::vector<float> transformed(const std::vector<Transform>& transforms, std::vector<int64_t> shape,
                               std::vector<float> values);

}  // namespace gpt2run
