#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gpt2run {

enum class DType {
  kFloat32,
  kFloat16,
  kBFloat16,
  kFloat64,
  kQuantized,  // blocks of small integers with scales, which read_float32 multiplies out
  kInt32,
  kInt64,
  kString,
  kOther,
};

// "float32", ...; "quantized" or "another type" for those that formats have names of their own for.
const char* dtype_name(DType dtype);

// One tensor of a checkpoint file, as the file describes it.
struct TensorInfo {
  std::string name;  // the file's own
  DType dtype = DType::kOther;
  std::string dtype_text;      // for messages: "float32", "string", "variant"
  std::vector<int64_t> shape;  // empty: a scalar
  uint64_t n_bytes = 0;        // as stored

  uint64_t n_items() const;  // the product of shape, which readers have checked not to overflow
};

// Where a tensor's bytes are.
struct TensorPlace {
  std::string file;     // a path
  uint64_t offset = 0;  // of its first byte there
};

// Called with each piece of a tensor as soon as it is in its place, while it is in the processor's
// cache. Its checksum is not known to be right before the whole tensor has been read.
using ReadProgress = std::function<void(const float* values, size_t n)>;

using BytesRead = std::function<void(const char* bytes, size_t n_bytes)>;

// What a tensor's bytes are, where a weight of the same type can be packed from them as they are.
enum class StoredAs {
  kOther,
  kBFloat16,
  // ggml's blocks of 32 items along the last dimension:
  kQ8_0,  // a float16 scale and 32 int8
  kQ4_0,  // a float16 scale and 16 bytes: items i and i + 16, each + 8
};

// What every format reader is: bytes in, named tensors out. It knows neither GPT-2 nor Eigen.
// Threads: const members may be called from several threads at once.
class TensorSource {
 public:
  virtual ~TensorSource() = default;

  // The checkpoint's path, for messages.
  virtual const std::string& path() const = 0;

  // In the file's order, names unique, each described range inside its file.
  virtual const std::vector<TensorInfo>& tensors() const = 0;

  // What else the file says (sizes, a vocabulary), in the file's own words; an object, often empty.
  virtual const nlohmann::json& metadata() const;

  // Reads tensors()[index], a float or quantized type, as float32, checking every checksum that the
  // format has.
  //   out  [product of its shape]
  // Errors: CheckpointError, with the tensor's name and offset: kCorrupt (checksum, truncation);
  // kRuntime if the system refuses to read.
  virtual void read_float32(size_t index, float* out, const ReadProgress& on_read) const = 0;

  // The same without all of it in memory, where the format allows it.
  //   n_piece   values in each piece, from the first on; the last has what is left. Of a quantized
  //             tensor whole rows
  //   on_piece  gets the pieces in order; what it gets is gone when it returns
  virtual void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const;

  // What tensors()[index] can be taken as.
  virtual StoredAs stored_as(size_t index) const;

  // Its bytes, in order. Requires: stored_as(index) is not kOther. Errors: as read_float32's.
  //   n_piece  bytes in each piece, the last excepted
  virtual void stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const;

  // Where tensors()[index] is; nothing where its bytes do not stand together as they are
  // (compressed, in slices, a view in another order). Reads no tensor.
  virtual std::optional<TensorPlace> place(size_t index) const;

  // Reads tensors()[index], of whatever type, and checks every checksum that the format has. By
  // default: that the bytes at place() can be read, or, where there is none, float values.
  // Memory: at most one tensor. Errors: as read_float32's.
  virtual void check(size_t index) const;
};

}  // namespace gpt2run
