#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

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

// Reads n items of a plain float type that stand together in a file, a piece at a time, so that a
// piece stays in the second-level cache while it is checked and converted.
//   out       [n]
//   on_bytes  called with each piece as stored, for a checksum; may be empty
//   on_read   called with each piece once it is in its place
// Errors: as InputFile::read_at's.
void read_items(const InputFile& file, uint64_t offset, DType dtype, uint64_t n, float* out,
                const std::function<void(const char* bytes, size_t n_bytes)>& on_bytes,
                const ReadProgress& on_read);

// Reads bytes that stand together in a file, a piece at a time.
//   on_bytes  called with each piece; may be empty
// Errors: as InputFile::read_at's.
void read_pieces(const InputFile& file, uint64_t offset, uint64_t n_bytes,
                 const std::function<void(const char* bytes, size_t n_bytes)>& on_bytes);

// The index of the first NaN or infinity; n if there is none.
size_t find_not_finite(const float* values, size_t n);

}  // namespace gpt2run
