// AVX-512 F, BW, DQ and VL. Everything below the pragma is compiled for them, whatever the build's
// target.
#include <immintrin.h>

#include "engine/kernels/isa_tables.h"

#if defined(__clang__)
#pragma clang attribute push(                                                    \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
    apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")
#endif

#include "engine/kernels/kernel_table.h"

namespace gpt2run {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16;
  static constexpr int kTileRows = 6;
  static constexpr int kIntRows = 2;
  static constexpr RowOperands kOperands = RowOperands::kPairs;
  static constexpr int vectors(int) { return 4; }  // 24 of 32 registers for sums
  static constexpr int int_vectors(int) { return 4; }

  static Floats<Avx512> halves(const uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static int32_t sum(Ints<Avx512> v) { return _mm512_reduce_add_epi32((__m512i)v); }
  static int32_t largest(Ints<Avx512> v) { return _mm512_reduce_max_epi32((__m512i)v); }

  struct Dot {
    Ints<Avx512> sum;

    void start(int32_t value) { sum = broadcast_int<Avx512>(value); }
    void add(Ints<Avx512> bytes, const QuantizedGroup& x, int quad) {
      const Ints<Avx512> even = bytes & 0x00ff00ff, odd = bytes >> 8 & 0x00ff00ff;
      sum += multiply_pairs(even, x.operand[2 * quad]);
      sum += multiply_pairs(odd, x.operand[2 * quad + 1]);
    }
    Ints<Avx512> total() const { return sum; }

   private:
    static Ints<Avx512> multiply_pairs(Ints<Avx512> pairs, uint32_t x) {
      return (Ints<Avx512>)_mm512_madd_epi16((__m512i)pairs,
                                             _mm512_set1_epi32(static_cast<int>(x)));
    }
  };
};

// For rows of bytes, by weights of four bits: two products' sum fits 16 bits.
struct Avx512Int4 : Avx512 {
  struct Dot : Avx512::Dot {
    void add(Ints<Avx512> nibbles, const ByteGroup& x, int quad) {
      const __m512i pairs = _mm512_maddubs_epi16(
          (__m512i)nibbles, _mm512_set1_epi32(static_cast<int>(x.operand[quad])));
      sum += (Ints<Avx512>)_mm512_madd_epi16(pairs, _mm512_set1_epi16(1));
    }
  };
};

}  // namespace

Kernels avx512_kernels() {
  return make_kernels<Avx512, Avx512Int4>(Isa::kAvx512);
}

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
