#pragma once

#include <cstdint>
#include <vector>

#include "loader/tensor_source.h"

namespace gpt2run {

// Tensors whose items stand in another order than the row-major one: transposed views, Fortran
// order. A stride is how many items apart the neighbours along an axis are.

// Of items that stand in row-major order, and of items whose first axis is the fastest.
// Requires: the shape's product has been checked.
std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape);
std::vector<int64_t> fortran_strides(const std::vector<int64_t>& shape);

// Whether row-major order is the items' order. Axes of size 1 may have any stride.
bool is_row_major(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides);

// Puts items in row-major order.
//   from     the first item; every item that the strides lead to is there
//   out      [product of shape]
//   on_read  called with each piece once it is in its place; may be empty
void gather(const float* from, const std::vector<int64_t>& shape,
            const std::vector<int64_t>& strides, float* out, const ReadProgress& on_read);

}  // namespace gpt2run
