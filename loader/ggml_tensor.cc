#include "loader/ggml_tensor.h"

#include <limits>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/tensor_checks.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

[[noreturn]] void fail(const std::string& path, const std::string& name, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, path, "tensor \"" + printable(name) + "\"", what);
}

}  // namespace

TensorInfo describe_ggml_tensor(const std::string& path, std::string name,
                                std::vector<int64_t> shape, const GgmlType& type) {
  check_tensor_name(path, name);
  uint64_t n_items = 1;
  bool overflow = false;
  for (const int64_t size : shape) {
    if (size < 0) {
      fail(path, name,
           "expected dimensions from 0 to 2^63, found " + shape_text(shape) +
               "; the file is damaged");
    }
    overflow |= __builtin_mul_overflow(n_items, static_cast<uint64_t>(size), &n_items);
  }
  const int64_t row = shape.empty() ? 1 : shape.back();
  if (!overflow && row % type.block_items != 0) {
    fail(path, name,
         "expected rows of whole blocks of " + std::to_string(type.block_items) + " items for " +
             type.name + ", found the shape " + shape_text(shape) + "; the file is damaged");
  }
  uint64_t n_bytes = 0;
  overflow |= __builtin_mul_overflow(n_items / type.block_items, type.block_bytes, &n_bytes);
  if (overflow || n_items > kMaxInt64 || n_bytes > kMaxInt64) {
    fail(path, name,
         "its shape " + shape_text(shape) + " describes more than 2^63 bytes; the file is damaged");
  }
  return {std::move(name), type.dtype, ggml_type_text(type), std::move(shape), n_bytes};
}

const GgmlType& known_ggml_type(const std::string& path, const std::string& name, uint32_t number) {
  const GgmlType* type = find_ggml_type(number);
  if (type == nullptr) {
    fail(path, name,
         "is of ggml's type " + std::to_string(number) +
             ", which is not known here; convert the model to F16 or Q8_0",
         ErrorKind::kUnsupported);
  }
  return *type;
}

void read_ggml_tensor(const InputFile& file, uint64_t offset, const GgmlType& type,
                      const TensorInfo& tensor, ItemsOut out, const ReadProgress& on_read) {
  if (!is_readable_float(type.dtype)) {
    fail(file.path().string(), tensor.name,
         std::string("is ") + type.name +
             ", which is not read; convert the model to F16, Q8_0 or a K-quant",
         ErrorKind::kUnsupported);
  }
  naming_tensor(file, tensor.name, offset, [&] {
    read_ggml_items(file, offset, type, tensor.n_items(), std::move(out), on_read);
  });
}

StoredAs ggml_stored_as(const GgmlType& type) {
  if (type.dtype == DType::kBFloat16) return StoredAs::kBFloat16;
  if (type.name == std::string_view("Q8_0")) return StoredAs::kQ8_0;
  return type.name == std::string_view("Q4_0") ? StoredAs::kQ4_0 : StoredAs::kOther;
}

}  // namespace gpt2run
