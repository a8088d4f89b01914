#include "engine/kernels/quantize.h"

#include "engine/kernels/isa.h"
#include "engine/kernels/quantizers.h"

namespace gpt2run {
namespace {

const Quantizer& quantizer() {
  static const Quantizer& chosen = quantizer_of(chosen_isa());
  return chosen;
}

}  // namespace

const Quantizer& quantizer_of([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512) return kAvx512Quantizer;
  if (isa >= Isa::kAvx2) return kAvx2Quantizer;
#endif
  return kPortableQuantizer;
}

void quantize_int8(const float* block, std::byte* out) {
  quantizer().int8(block, out);
}

void quantize_int4(const float* block, std::byte* out) {
  quantizer().int4(block, out);
}

}  // namespace gpt2run
