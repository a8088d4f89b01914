// AVX-512 with VNNI (products of bytes) and BF16. Everything below the pragma is compiled for them,
// whatever the build's target.
#include <immintrin.h>

#include "engine/kernels/isa_tables.h"

#if defined(__clang__)
#pragma clang attribute push(                                                               \
    __attribute__((                                                                         \
        target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,f16c"))), \
    apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma,f16c")
#endif

#include "engine/kernels/kernel_table.h"
#include "engine/kernels/multiply_many_bf16.h"
#include "engine/kernels/split_terms.h"

namespace gpt2run {
namespace {

struct Avx512Vnni {
  static constexpr int kLanes = 16;
  static constexpr int kTileRows = 6;
  static constexpr int kIntRows = 2;
  static constexpr RowOperands kOperands = RowOperands::kBytes;
  static constexpr int vectors(int) { return 4; }
  static constexpr int int_vectors(int) { return 4; }

  static Floats<Avx512Vnni> halves(const uint16_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static int32_t sum(Ints<Avx512Vnni> v) { return _mm512_reduce_add_epi32((__m512i)v); }
  static int32_t largest(Ints<Avx512Vnni> v) { return _mm512_reduce_max_epi32((__m512i)v); }

  // The 16 bits of x go in two halves, each multiplied by the weights' bytes.
  struct Dot {
    __m512i upper, lower;

    void start(int32_t value) {
      upper = _mm512_setzero_si512();
      lower = _mm512_set1_epi32(value);
    }
    void add(Ints<Avx512Vnni> bytes, const QuantizedGroup& x, int quad) {
      upper = _mm512_dpbusd_epi32(upper, (__m512i)bytes,
                                  _mm512_set1_epi32(static_cast<int>(x.operand[quad])));
      lower = _mm512_dpbusd_epi32(lower, (__m512i)bytes,
                                  _mm512_set1_epi32(static_cast<int>(x.operand[8 + quad])));
    }
    Ints<Avx512Vnni> total() const {
      return (Ints<Avx512Vnni>)_mm512_add_epi32(_mm512_slli_epi32(upper, 8), lower);
    }
  };
};

// For rows of bytes.
struct Avx512VnniBytes : Avx512Vnni {
  static constexpr int kIntRows = 3;

  struct Dot {
    __m512i sum;

    void start(int32_t value) { sum = _mm512_set1_epi32(value); }
    void add(Ints<Avx512Vnni> bytes, const ByteGroup& x, int quad) {
      sum = _mm512_dpbusd_epi32(sum, (__m512i)bytes,
                                _mm512_set1_epi32(static_cast<int>(x.operand[quad])));
    }
    Ints<Avx512Vnni> total() const { return (Ints<Avx512Vnni>)sum; }
  };
};

template <int kBits>
using BytesTile = IntTile<Avx512VnniBytes, kBits, PrefetchKind::kNothing, ByteGroup>;

}  // namespace

Kernels avx512_vnni_kernels() {
  Kernels k = make_kernels<Avx512Vnni, Avx512VnniBytes>(Isa::kAvx512Vnni);
  k.many_rows = Avx512Vnni::kTileRows;
  k.one_term = term_kernels<Avx512Vnni, 1, Avx512Vnni::kTileRows>(
      run_tiles<Avx512Vnni, ManyBFloat16Tile<Avx512Vnni>, uint16_t>);
  k.multiply_many_int8 = run_tiles<Avx512VnniBytes, BytesTile<8>, ByteGroup>;
  k.multiply_many_int4 = run_tiles<Avx512VnniBytes, BytesTile<4>, ByteGroup>;
  return k;
}

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
