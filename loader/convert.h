#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/file.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// Stored little-endian items to float32: exactly, or from float64 to the nearest.
//   bytes  [n] items of dtype: kFloat32, kFloat16, kBFloat16, kFloat64; need not be aligned
//   out    [n]; may be where a kFloat32's bytes already are
void to_float32(DType dtype, const char* bytes, size_t n, float* out);

// float32 to stored little-endian items: kFloat32 exactly, kFloat16 and kBFloat16 to the nearest,
// ties to even, with subnormal numbers. A NaN stays one; what is too large becomes infinity.
//   bytes  [n] items of dtype; need not be aligned
void from_float32(DType dtype, const float* values, size_t n, char* bytes);

// The index of the first finite value that from_float32 would make infinite; n if there is none.
size_t find_too_large(DType dtype, const float* values, size_t n);

// The bytes of one item of those types; 0 for the others.
size_t item_size(DType dtype);

// Where items go as they are read: each to its place, or a piece at a time to a buffer in which the
// next piece replaces it.
class ItemsOut {
 public:
  static constexpr size_t kPiece = size_t{64} << 10;  // items: they stay in the second-level cache

  ItemsOut(float* whole) : whole_(whole) {}  // NOLINT: a pointer is the usual case
  static ItemsOut pieces(size_t n_piece) { return ItemsOut(n_piece); }

  size_t n_piece() const { return n_piece_; }
  float* at(uint64_t index) { return whole_ != nullptr ? whole_ + index : buffer_.data(); }

 private:
  explicit ItemsOut(size_t n_piece) : n_piece_(n_piece), buffer_(n_piece) {}

  float* whole_ = nullptr;
  size_t n_piece_ = kPiece;
  std::vector<float> buffer_;  // [n_piece_]
};

// Reads n items of a plain float type that stand together in a file, a piece at a time, so that a
// piece stays in the second-level cache while it is checked and converted.
//   on_bytes  called with each piece as stored, for a checksum; may be empty
//   on_read   called with each piece once it is in its place
// Errors: as InputFile::read_at's.
void read_items(const InputFile& file, uint64_t offset, DType dtype, uint64_t n, ItemsOut out,
                const BytesRead& on_bytes, const ReadProgress& on_read);

// Reads bytes that stand together in a file, a piece at a time.
//   on_bytes  called with each piece; may be empty
// Errors: as InputFile::read_at's.
void read_pieces(const InputFile& file, uint64_t offset, uint64_t n_bytes,
                 const BytesRead& on_bytes, uint64_t n_piece = uint64_t{256} << 10);

// The same of all of a tensor: TensorSource::stream_stored, where its bytes stand together.
// Errors: CheckpointError, with the tensor's name and offset, of read_at's kinds.
void read_tensor_pieces(const InputFile& file, uint64_t offset, const TensorInfo& tensor,
                        const BytesRead& on_bytes, uint64_t n_piece = uint64_t{256} << 10);

// The index of the first NaN or infinity; n if there is none.
size_t find_not_finite(const float* values, size_t n);

}  // namespace gpt2run
