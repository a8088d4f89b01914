#pragma once

#include <cstddef>

#include "loader/tensor_source.h"

namespace gpt2run {

// Stored little-endian items to float32, exactly.
//   bytes  [n] items of dtype: kFloat32, kFloat16 or kBFloat16; need not be aligned
//   out    [n]; may be where a kFloat32's bytes already are
void to_float32(DType dtype, const char* bytes, size_t n, float* out);

// The index of the first NaN or infinity; n if there is none.
size_t find_not_finite(const float* values, size_t n);

}  // namespace gpt2run
