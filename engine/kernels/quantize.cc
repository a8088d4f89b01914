#include "engine/kernels/quantize.h"

#include "engine/kernels/quantizers.h"

namespace gpt2run {
namespace {

const Quantizer& best_quantizer() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return kAvx512Quantizer;
  if (__builtin_cpu_supports("avx2")) return kAvx2Quantizer;
#endif
  return kPortableQuantizer;
}

const Quantizer& quantizer() {
  static const Quantizer& best = best_quantizer();
  return best;
}

}  // namespace

void quantize_int8(const float* block, std::byte* out) {
  quantizer().int8(block, out);
}

void quantize_int4(const float* block, std::byte* out) {
  quantizer().int4(block, out);
}

}  // namespace gpt2run
