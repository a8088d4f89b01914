#include "loader/strides.h"

#include <algorithm>

namespace gpt2run {

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= std::max<int64_t>(shape[d], 1);
  }
  return strides;
}

std::vector<int64_t> fortran_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= std::max<int64_t>(shape[d], 1);
  }
  return strides;
}

bool is_row_major(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  if (std::count(shape.begin(), shape.end(), 0) > 0) return true;
  const std::vector<int64_t> expected = row_major_strides(shape);
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] != 1 && strides[d] != expected[d]) return false;
  }
  return true;
}

void gather(const float* from, const std::vector<int64_t>& shape,
            const std::vector<int64_t>& strides, float* out, const ReadProgress& on_read) {
  if (std::count(shape.begin(), shape.end(), 0) > 0) return;
  const size_t rank = shape.size();
  const int64_t n_row = rank == 0 ? 1 : shape.back();
  const int64_t row_stride = rank == 0 ? 1 : strides.back();
  std::vector<int64_t> index(rank, 0);
  int64_t at = 0;  // of the row's first item
  while (true) {
    for (int64_t i = 0; i < n_row; ++i) out[i] = from[at + i * row_stride];
    if (on_read) on_read(out, static_cast<size_t>(n_row));
    out += n_row;
    size_t d = rank < 2 ? 0 : rank - 1;  // the axis after the one to step along
    while (d > 0 && index[d - 1] + 1 == shape[d - 1]) {
      --d;
      at -= index[d] * strides[d];
      index[d] = 0;
    }
    if (d == 0) return;
    ++index[d - 1];
    at += strides[d - 1];
  }
}

}  // namespace gpt2run
