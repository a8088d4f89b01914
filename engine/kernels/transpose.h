#pragma once

#include <cstddef>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace gpt2run {

// out[i][j] = in[j][i] for four rows of four.
inline void transpose_4x4(const float* in, size_t in_stride, float* out, size_t out_stride) {
#if defined(__SSE__)
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
