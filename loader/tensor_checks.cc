#include "loader/tensor_checks.h"

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/file_kind.h"

namespace gpt2run {

std::optional<uint64_t> checked_product(const std::vector<int64_t>& shape) {
  constexpr size_t kMaxRank = 254;
  if (shape.size() > kMaxRank) return std::nullopt;
  int64_t product = 1;
  bool has_zero = false;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    has_zero |= size == 0;
    // A zero does not excuse sizes whose product overflows: strides are made of them.
    if (size != 0 && __builtin_mul_overflow(product, size, &product)) return std::nullopt;
  }
  return has_zero ? 0 : static_cast<uint64_t>(product);
}

std::string tensor_text(std::string_view name) {
  return "tensor \"" + printable(name) + "\"";
}

void refuse_failed_download(const InputFile& file) {
  const auto kind = foreign_kind(file);
  if (kind && kind->error == ErrorKind::kCorrupt) {
    throw CheckpointError(kind->error, file.path().string(), "", kind->text);
  }
}

}  // namespace gpt2run
