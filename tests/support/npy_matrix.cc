#include "support/npy_matrix.h"

#include <cstring>
#include <stdexcept>

#include "base/npy.h"

namespace gpt2run {

Matrix read_matrix(const std::filesystem::path& path) {
  const NpyArray array = read_npy(path);
  if (array.dtype != "<f4" || array.shape.size() != 2) {
    throw std::runtime_error(path.string() + " is not a float32 matrix");
  }
  Matrix matrix(array.shape[0], array.shape[1]);
  std::memcpy(matrix.data(), array.data.data(), array.data.size());
  return matrix;
}

std::vector<int> read_ids(const std::filesystem::path& path) {
  const NpyArray array = read_npy(path);
  if (array.dtype != "<i8" || array.shape.size() != 1) {
    throw std::runtime_error(path.string() + " is not an int64 vector");
  }
  std::vector<int64_t> ids(static_cast<size_t>(array.shape[0]));
  std::memcpy(ids.data(), array.data.data(), array.data.size());
  return {ids.begin(), ids.end()};
}

}  // namespace gpt2run
