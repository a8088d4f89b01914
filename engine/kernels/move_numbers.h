#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gpt2run {

// Moving numbers to where they stand in a panel. Bytes need not be aligned.

// Copies n bytes, a multiple of 16, past the caches where that can be. For other threads to see
// them, end_of_stream() must follow.
inline void stream_bytes(const std::byte* in, size_t n, std::byte* out) {
#if defined(__SSE2__)
  if (reinterpret_cast<uintptr_t>(out) % 16 == 0) {
    for (size_t i = 0; i < n; i += 16) {
      _mm_stream_si128(reinterpret_cast<__m128i*>(out + i),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i)));
    }
    return;
  }
#endif
  std::memcpy(out, in, n);
}

// n: a multiple of 4.
inline void stream_floats(const float* in, int n, float* out) {
  stream_bytes(reinterpret_cast<const std::byte*>(in), static_cast<size_t>(n) * sizeof(float),
               reinterpret_cast<std::byte*>(out));
}

inline void end_of_stream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

// Word i of row j of out = word j of row i of in, of four rows of four words of four bytes.
//   strides  bytes from row to row
inline void transpose_words_4x4(const std::byte* in, size_t in_stride, std::byte* out,
                                size_t out_stride) {
#if defined(__SSE2__)
  __m128 rows[4];
  for (size_t j = 0; j < 4; ++j) {
    rows[j] = _mm_loadu_ps(reinterpret_cast<const float*>(in + j * in_stride));
  }
  _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]);
  for (size_t i = 0; i < 4; ++i) {
    _mm_storeu_ps(reinterpret_cast<float*>(out + i * out_stride), rows[i]);
  }
#else
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) {
      std::memcpy(out + i * out_stride + 4 * j, in + j * in_stride + 4 * i, 4);
    }
  }
#endif
}

// out[i][j] = in[j][i] for four rows of four.
//   strides  numbers from row to row
inline void transpose_4x4(const float* in, size_t in_stride, float* out, size_t out_stride) {
  transpose_words_4x4(reinterpret_cast<const std::byte*>(in), in_stride * sizeof(float),
                      reinterpret_cast<std::byte*>(out), out_stride * sizeof(float));
}

// Puts numbers of two bytes side by side: even[0], odd[0], even[1], odd[1] and so on.
//   n  of each, a multiple of 8
inline void interleave_halves(const std::byte* even, const std::byte* odd, size_t n,
                              std::byte* out) {
#if defined(__SSE2__)
  for (size_t i = 0; i < 2 * n; i += 16) {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(even + i));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(odd + i));
    auto* const pairs = reinterpret_cast<__m128i*>(out + 2 * i);
    _mm_storeu_si128(pairs, _mm_unpacklo_epi16(a, b));
    _mm_storeu_si128(pairs + 1, _mm_unpackhi_epi16(a, b));
  }
#else
  for (size_t i = 0; i < 2 * n; i += 2) {
    std::memcpy(out + 2 * i, even + i, 2);
    std::memcpy(out + 2 * i + 2, odd + i, 2);
  }
#endif
}

}  // namespace gpt2run
