#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace gpt2run {

// Copies n floats, a multiple of 4, past the caches where that can be. For other threads to see
// them, end_of_stream() must follow.
inline void stream_floats(const float* in, int n, float* out) {
#if defined(__SSE2__)
  if (reinterpret_cast<uintptr_t>(out) % 16 == 0) {
    for (int i = 0; i < n; i += 4) _mm_stream_ps(out + i, _mm_loadu_ps(in + i));
    return;
  }
#endif
  std::memcpy(out, in, static_cast<size_t>(n) * sizeof(float));
}

inline void end_of_stream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

// out[i][j] = in[j][i] for four rows of four.
inline void transpose_4x4(const float* in, size_t in_stride, float* out, size_t out_stride) {
#if defined(__SSE2__)
  __m128 rows[4];
  for (size_t j = 0; j < 4; ++j) rows[j] = _mm_loadu_ps(in + j * in_stride);
  _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]);
  for (size_t i = 0; i < 4; ++i) _mm_storeu_ps(out + i * out_stride, rows[i]);
#else
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) out[i * out_stride + j] = in[j * in_stride + i];
  }
#endif
}

}  // namespace gpt2run
