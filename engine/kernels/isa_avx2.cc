// AVX2, FMA and F16C. Everything below the pragma is compiled for them, whatever the build's
// target.
#include <immintrin.h>

#include "engine/kernels/isa_tables.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,f16c")
#endif

#include "engine/kernels/kernel_table.h"

namespace gpt2run {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8;
  static constexpr int kTileRows = 6;
  static constexpr int kIntRows = 1;
  static constexpr RowOperands kOperands = RowOperands::kPairs;
  // Of 16 registers, 8 to 12 for sums.
  static constexpr int vectors(int rows) { return rows == 1 ? 8 : rows == 2 ? 4 : 2; }
  static constexpr int int_vectors(int) { return 4; }

  static Floats<Avx2> halves(const uint16_t* p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }

  struct Dot {
    Ints<Avx2> sum;

    void start(int32_t value) { sum = broadcast_int<Avx2>(value); }
    void add(Ints<Avx2> bytes, const QuantizedGroup& x, int quad) {
      const Ints<Avx2> even = bytes & 0x00ff00ff, odd = bytes >> 8 & 0x00ff00ff;
      sum += multiply_pairs(even, x.operand[2 * quad]);
      sum += multiply_pairs(odd, x.operand[2 * quad + 1]);
    }
    Ints<Avx2> total() const { return sum; }

   private:
    static Ints<Avx2> multiply_pairs(Ints<Avx2> pairs, uint32_t x) {
      return (Ints<Avx2>)_mm256_madd_epi16((__m256i)pairs, _mm256_set1_epi32(static_cast<int>(x)));
    }
  };
};

// For rows of bytes, by weights of four bits: two products' sum fits 16 bits.
struct Avx2Int4 : Avx2 {
  struct Dot : Avx2::Dot {
    void add(Ints<Avx2> nibbles, const ByteGroup& x, int quad) {
      const __m256i pairs = _mm256_maddubs_epi16(
          (__m256i)nibbles, _mm256_set1_epi32(static_cast<int>(x.operand[quad])));
      sum += (Ints<Avx2>)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    }
  };
};

}  // namespace

Kernels avx2_kernels() {
  return make_kernels<Avx2, Avx2Int4>(Isa::kAvx2);
}

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
