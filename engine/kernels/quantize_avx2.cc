#include "engine/kernels/quantizers.h"
#include "engine/weight.h"

// Everything below the pragma is compiled for it, whatever the build's target.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#include "engine/kernels/quantize_group.h"

namespace gpt2run {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8;
};

void int8(const float* block, std::byte* out) {
  quantize_int8<Avx2>(block, out);
}

void int4(const float* block, std::byte* out) {
  quantize_int4<Avx2>(block, out);
}

}  // namespace

const Quantizer kAvx2Quantizer = {"avx2", int8, int4};

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
