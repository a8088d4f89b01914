#pragma once

#include <cstddef>

namespace gpt2run {

// Rounds one group of 32 inputs by 64 columns to integers with a scale for each column, and packs
// it as a Weight of kInt8 or kInt4 has it (engine/weight.h).
//   block  [32][64]  finite
//   out    a group of the panel

// The largest magnitude becomes 127.
void quantize_int8(const float* block, std::byte* out);

// Of several scales, by which the largest magnitude becomes -8 or a little more or less, the one
// with the least squared error is taken and fitted to its integers by least squares.
void quantize_int4(const float* block, std::byte* out);

}  // namespace gpt2run
