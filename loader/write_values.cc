#include "loader/write_values.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/tensor_checks.h"

namespace gpt2run {

void require_in_range(const std::filesystem::path& file, const TensorToWrite& tensor,
                      const float* values) {
  const size_t n = tensor.n_items();
  const size_t at = find_too_large(tensor.dtype, values, n);
  if (at == n) return;
  char found[32];
  std::snprintf(found, sizeof(found), "%g", static_cast<double>(values[at]));
  throw CheckpointError(ErrorKind::kUnsupported, file.string(), tensor_text(tensor.name),
                        std::string("expected values that ") + dtype_name(tensor.dtype) +
                            " can hold, found " + found + " at index " + std::to_string(at) +
                            "; write it as " +
                            (tensor.dtype == DType::kFloat16 ? "bfloat16 or float32" : "float32"));
}

void write_values(OutputFile& file, const TensorToWrite& tensor, const float* values) {
  const size_t n = tensor.n_items();
  if (tensor.dtype == DType::kFloat32) {
    file.write({reinterpret_cast<const char*>(values), n * sizeof(float)});
    return;
  }
  require_in_range(file.path(), tensor, values);
  constexpr size_t kPiece = size_t{64} << 10;  // items
  std::vector<char> bytes(std::min(n, kPiece) * item_size(tensor.dtype));
  for (size_t done = 0; done < n; done += kPiece) {
    const size_t n_piece = std::min(kPiece, n - done);
    from_float32(tensor.dtype, values + done, n_piece, bytes.data());
    file.write({bytes.data(), n_piece * item_size(tensor.dtype)});
  }
}

}  // namespace gpt2run
