#pragma once

#include <cstddef>

namespace gpt2run {

// Rounds one group of 32 inputs by 64 columns to integers with a scale for each column, and packs
// it as a Weight of kInt8 or kInt4 has it (engine/weight.h).
//   block  [32][64]  finite
//   out    a group of the panel

// By the instruction set that chosen_isa() gives. Errors: what that throws.

// Of several scales, one after the other tried, the one with the least squared error is taken and
// fitted to its integers by least squares.

// The largest magnitude becomes some 119 to 127, or those less than zero.
void quantize_int8(const float* block, std::byte* out);

// The largest magnitude becomes -8 or a little more or less.
void quantize_int4(const float* block, std::byte* out);

}  // namespace gpt2run
