#pragma once

#include <cstddef>

#include "engine/kernels/isa.h"

namespace gpt2run {

// Rounding a group, as quantize.h describes it, in one instruction set. All give the same bits.
struct Quantizer {
  const char* name;  // as isa_name
  void (*int8)(const float* block, std::byte* out);
  void (*int4)(const float* block, std::byte* out);
};

extern const Quantizer kPortableQuantizer;
extern const Quantizer kAvx2Quantizer;    // x86-64 alone, as the next
extern const Quantizer kAvx512Quantizer;  // AVX-512 F

// The fastest whose instructions that one includes.
const Quantizer& quantizer_of(Isa isa);

}  // namespace gpt2run
