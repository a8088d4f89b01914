#include "engine/kernels/quantizers.h"
#include "engine/weight.h"

// Everything below the pragma is compiled for it, whatever the build's target.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC target("avx512f")
#endif

#include "engine/kernels/quantize_group.h"

namespace gpt2run {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16;
};

void int8(const float* block, std::byte* out) {
  quantize_int8<Avx512>(block, out);
}

void int4(const float* block, std::byte* out) {
  quantize_int4<Avx512>(block, out);
}

}  // namespace

const Quantizer kAvx512Quantizer = {"avx512", int8, int4};

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
