#include "loader/slices.h"

namespace gpt2run {
namespace {

bool overlap(const SliceExtents& a, const SliceExtents& b) {
  for (size_t d = 0; d < a.size(); ++d) {
    const bool is_before = a[d].start + a[d].length <= b[d].start;
    const bool is_after = b[d].start + b[d].length <= a[d].start;
    if (is_before || is_after) return false;
  }
  return true;
}

uint64_t product(const std::vector<int64_t>& shape) {
  uint64_t n = 1;
  for (const int64_t size : shape) n *= static_cast<uint64_t>(size);
  return n;
}

}  // namespace

std::optional<std::string> resolve_slice(const std::vector<int64_t>& shape, SliceExtents& extents) {
  if (extents.size() != shape.size()) {
    return "a slice of it has " + std::to_string(extents.size()) + " dimensions, expected " +
           std::to_string(shape.size());
  }
  for (size_t d = 0; d < extents.size(); ++d) {
    SliceExtent& extent = extents[d];
    const int64_t size = shape[d];
    if (extent.length == SliceExtent::kFull && extent.start == 0) extent.length = size;
    if (extent.length < 1 || extent.length > size || extent.start > size - extent.length) {
      return "a slice of it starts at " + std::to_string(extent.start) + " and has " +
             std::to_string(extent.length) + " items, outside its dimension of " +
             std::to_string(size);
    }
  }
  return std::nullopt;
}

// Slices that lie inside, do not overlap, and have as many items as the tensor, cover it.
std::optional<std::string> check_cover(const std::vector<int64_t>& shape,
                                       const std::vector<const SliceExtents*>& slices) {
  uint64_t n_items = 0;
  for (size_t i = 0; i < slices.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (overlap(*slices[i], *slices[j])) return "two of its slices overlap";
    }
    n_items += product(slice_shape(*slices[i]));
  }
  if (n_items == product(shape)) return std::nullopt;
  return "its slices have " + std::to_string(n_items) + " items, expected " +
         std::to_string(product(shape)) + ": there is a hole";
}

std::vector<int64_t> slice_shape(const SliceExtents& extents) {
  std::vector<int64_t> shape;
  for (const SliceExtent& extent : extents) shape.push_back(extent.length);
  return shape;
}

}  // namespace gpt2run
