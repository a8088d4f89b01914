#include "engine/kernels/quantizers.h"

#include "engine/kernels/quantize_group.h"

namespace gpt2run {
namespace {

struct Portable {
  static constexpr int kLanes = 4;
};

void int8(const float* block, std::byte* out) {
  quantize_int8<Portable>(block, out);
}

void int4(const float* block, std::byte* out) {
  quantize_int4<Portable>(block, out);
}

}  // namespace

const Quantizer kPortableQuantizer = {"portable", int8, int4};

}  // namespace gpt2run
