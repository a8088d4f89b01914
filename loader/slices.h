#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gpt2run {

// One dimension of a slice: the items [start, start + length).
struct SliceExtent {
  static constexpr int64_t kFull = -1;
  int64_t start = 0;
  int64_t length = kFull;
};

// A box within a tensor, one extent a dimension.
using SliceExtents = std::vector<SliceExtent>;

// Slices of one tensor are at most so many: checking that they cover it is quadratic in them.
inline constexpr size_t kMaxSlices = 1024;

// Replaces kFull by the dimension's size.
// Returns what is wrong if the slice does not lie inside the shape.
std::optional<std::string> resolve_slice(const std::vector<int64_t>& shape, SliceExtents& extents);

// Returns what is wrong if such slices, resolved, overlap or leave a hole.
std::optional<std::string> check_cover(const std::vector<int64_t>& shape,
                                       const std::vector<const SliceExtents*>& slices);

// A slice's own shape, once it is resolved.
std::vector<int64_t> slice_shape(const SliceExtents& extents);

// Calls copy(position in the slice, position in the tensor, items) for runs that are contiguous in
// both, covering [first, first + n) of the slice's items.
template <class Copy>
void for_each_run(const std::vector<int64_t>& shape, const SliceExtents& extents, uint64_t first,
                  uint64_t n, const Copy& copy) {
  const size_t rank = shape.size();
  const auto row_items = static_cast<uint64_t>(rank == 0 ? 1 : extents.back().length);
  while (n > 0) {
    uint64_t row = first / row_items;
    const uint64_t column = first % row_items;
    uint64_t at = column, stride = 1;
    for (size_t d = rank; d-- > 0;) {
      uint64_t i = static_cast<uint64_t>(extents[d].start);
      if (d + 1 < rank) {
        const auto length = static_cast<uint64_t>(extents[d].length);
        i += row % length;
        row /= length;
      }
      at += i * stride;
      stride *= static_cast<uint64_t>(shape[d]);
    }
    const uint64_t n_run = std::min(n, row_items - column);
    copy(first, at, n_run);
    first += n_run;
    n -= n_run;
  }
}

}  // namespace gpt2run
