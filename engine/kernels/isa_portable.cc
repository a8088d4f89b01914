// The plainest instruction set: standard C++ and the compiler's vectors of four.
#include "engine/half.h"
#include "engine/kernels/isa_tables.h"
#include "engine/kernels/kernel_table.h"

namespace gpt2run {
namespace {

struct Portable {
  static constexpr int kLanes = 4;
  static constexpr int kTileRows = 3;
  static constexpr int kIntRows = 1;
  static constexpr RowOperands kOperands = RowOperands::kPairs;
  static constexpr int vectors(int) { return 4; }
  static constexpr int int_vectors(int) { return 4; }

  static Lanes<4>::Floats halves(const uint16_t* p) {
    const float values[4] = {half_to_float(p[0]), half_to_float(p[1]), half_to_float(p[2]),
                             half_to_float(p[3])};
    return load<Portable>(values);
  }

  struct Dot {
    Lanes<4>::Ints sum;

    GPT2RUN_INLINE void start(int32_t value) { sum = value - Lanes<4>::Ints{}; }
    GPT2RUN_INLINE void add(Lanes<4>::Ints bytes, const QuantizedGroup& x, int quad) {
      for (int i = 0; i < 4; ++i) {
        const uint32_t pair = x.operand[2 * quad + i % 2];
        sum += (bytes >> (8 * i) & 0xff) * int32_t{static_cast<int16_t>(i < 2 ? pair : pair >> 16)};
      }
    }
    GPT2RUN_INLINE Lanes<4>::Ints total() const { return sum; }
  };
};

// For rows of bytes.
struct PortableBytes : Portable {
  struct Dot : Portable::Dot {
    GPT2RUN_INLINE void add(Lanes<4>::Ints bytes, const ByteGroup& x, int quad) {
      for (int i = 0; i < 4; ++i) {
        sum += (bytes >> (8 * i) & 0xff) * int32_t{static_cast<int8_t>(x.operand[quad] >> (8 * i))};
      }
    }
  };
};

}  // namespace

Kernels portable_kernels() {
  return make_kernels<Portable, PortableBytes>(Isa::kPortable);
}

}  // namespace gpt2run
