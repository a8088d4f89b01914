#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// A sum over a row: 16 running sums, whatever the vectors' width, added up in one order.
template <class Isa>
struct RowSum {
  static constexpr int kVectors = 16 / Isa::kLanes;
  Floats<Isa> sums[kVectors] = {};

  GPT2RUN_INLINE float total() const {
    float lanes[16];
    for (int v = 0; v < kVectors; ++v) store<Isa>(lanes + v * Isa::kLanes, sums[v]);
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }
};

// The sum of f(x[i]) over [0, n).
template <class Isa, class F>
GPT2RUN_INLINE float sum_of(const float* x, int n, const F& f) {
  RowSum<Isa> sum;
  int i = 0;
  for (; i + 16 <= n; i += 16) {
    for (int v = 0; v < sum.kVectors; ++v) sum.sums[v] += f(load<Isa>(x + i + v * Isa::kLanes));
  }
  if (i < n) {  // lanes past the end hold what f makes zero: they are left out
    float rest[16] = {}, lanes[16];
    for (int j = i; j < n; ++j) rest[j - i] = x[j];
    for (int v = 0; v < sum.kVectors; ++v) {
      store<Isa>(lanes + v * Isa::kLanes, f(load<Isa>(rest + v * Isa::kLanes)));
    }
    for (int j = n - i; j < 16; ++j) lanes[j] = 0;
    for (int v = 0; v < sum.kVectors; ++v) sum.sums[v] += load<Isa>(lanes + v * Isa::kLanes);
  }
  return sum.total();
}

template <class Isa>
GPT2RUN_INLINE void normalize_row(const float* x, int n, const float* g, const float* b,
                                  float epsilon, float* out) {
  const float size = static_cast<float>(n);
  float mean = sum_of<Isa>(x, n, [](Floats<Isa> v) { return v; }) / size;
  // Of a row far from zero, the sum's rounding is large beside x - mean.
  mean += sum_of<Isa>(x, n, [&](Floats<Isa> v) { return v - mean; }) / size;
  const float variance =
      sum_of<Isa>(x, n, [&](Floats<Isa> v) { return (v - mean) * (v - mean); }) / size;
  const float factor = 1 / __builtin_sqrtf(variance + epsilon);
  int i = 0;
  for (; i + Isa::kLanes <= n; i += Isa::kLanes) {
    store<Isa>(out + i, (load<Isa>(x + i) - mean) * factor * load<Isa>(g + i) + load<Isa>(b + i));
  }
  for (; i < n; ++i) out[i] = (x[i] - mean) * factor * g[i] + b[i];
}

// exp, within 2 units in the last place; below -87 its value at -87, above 88 its value at 88. NaN
// stays NaN.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> exp_of(Floats<Isa> x) {
  const Floats<Isa> lowest = Floats<Isa>{} - 87.0f, highest = Floats<Isa>{} + 88.0f;
  x = lowest > x ? lowest : x;
  x = highest < x ? highest : x;
  // x = n ln 2 + r, |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to an integer, in the lowest bits.
  const Floats<Isa> shifted = x * 1.44269504f + 0x1.8p23f;
  const Floats<Isa> n = shifted - 0x1.8p23f;
  Floats<Isa> r = x - n * 0.693359375f;  // ln 2 in two pieces, the first of which has few bits
  r = r + n * 2.12194440e-4f;
  // Taylor's series to r^7: the next term, r^8 / 8!, is below 6e-9.
  Floats<Isa> p = r * 1.98412698e-4f + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  return as_floats<Isa>((as_ints<Isa>(shifted) << 23) + as_ints<Isa>(p));
}

// x * (1 + tanh(u)) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3), written without a cancellation as
// x / (1 + exp(-2u)).
template <class Isa>
GPT2RUN_INLINE Floats<Isa> gelu_of(Floats<Isa> x) {
  const Floats<Isa> u = x + 0.044715f * (x * x * x);
  return x / (1.0f + exp_of<Isa>(-1.59576912f * u));
}

// A vector of sums becomes output. bias and residual may be null.
template <class Isa, bool kGelu>
GPT2RUN_INLINE void finish_vector(const float* sums, const float* bias, const float* residual,
                                  float* out) {
  Floats<Isa> v = load<Isa>(sums);
  if (bias != nullptr) v += load<Isa>(bias);
  if constexpr (kGelu) v = gelu_of<Isa>(v);
  if (residual != nullptr) v += load<Isa>(residual);
  store<Isa>(out, v);
}

// The last columns of a row, fewer than a vector.
template <class Isa, bool kGelu>
GPT2RUN_INLINE void finish_rest(int n, const float* sums, const float* bias, const float* residual,
                                float* out) {
  float s[Isa::kLanes] = {}, b[Isa::kLanes] = {}, r[Isa::kLanes] = {};
  for (int i = 0; i < n; ++i) {
    s[i] = sums[i];
    if (bias != nullptr) b[i] = bias[i];
    if (residual != nullptr) r[i] = residual[i];
  }
  finish_vector<Isa, kGelu>(s, bias == nullptr ? nullptr : b, residual == nullptr ? nullptr : r, s);
  for (int i = 0; i < n; ++i) out[i] = s[i];
}

template <class Isa, bool kGelu>
GPT2RUN_INLINE void finish_block(const FinishJob& job) {
  const float *sums = job.sums, *residual = job.residual;
  float* out = job.out;
  for (int row = 0; row < job.n_rows; ++row) {
    int i = 0;
    for (; i + Isa::kLanes <= job.n_cols; i += Isa::kLanes) {
      finish_vector<Isa, kGelu>(sums + i, job.bias == nullptr ? nullptr : job.bias + i,
                                residual == nullptr ? nullptr : residual + i, out + i);
    }
    if (i < job.n_cols) {
      finish_rest<Isa, kGelu>(job.n_cols - i, sums + i,
                              job.bias == nullptr ? nullptr : job.bias + i,
                              residual == nullptr ? nullptr : residual + i, out + i);
    }
    sums += job.sums_stride;
    out += job.out_stride;
    if (residual != nullptr) residual += job.out_stride;
  }
}

template <class Isa>
GPT2RUN_INLINE float largest_of(const float* x, int n) {
  Floats<Isa> largest = Floats<Isa>{} - __builtin_inff();
  int i = 0;
  for (; i + Isa::kLanes <= n; i += Isa::kLanes) {
    const Floats<Isa> v = load<Isa>(x + i);
    largest = v > largest ? v : largest;
  }
  float lanes[Isa::kLanes];
  store<Isa>(lanes, largest);
  float max = lanes[0];
  for (int lane = 1; lane < Isa::kLanes; ++lane) max = lanes[lane] > max ? lanes[lane] : max;
  for (; i < n; ++i) max = x[i] > max ? x[i] : max;
  return max;
}

// 16 at once: x[i] = exp(scale * x[i] - max), and into the sums.
template <class Isa>
GPT2RUN_INLINE void exp_of_16(float* x, float scale, float max, RowSum<Isa>& sum) {
#pragma GCC unroll 16
  for (int v = 0; v < sum.kVectors; ++v) {
    const Floats<Isa> e = exp_of<Isa>(load<Isa>(x + v * Isa::kLanes) * scale - max);
    store<Isa>(x + v * Isa::kLanes, e);
    sum.sums[v] += e;
  }
}

template <class Isa>
GPT2RUN_INLINE float exp_of_row(float* x, int n, int n_padded, float scale) {
  const float max = scale * largest_of<Isa>(x, n);
  RowSum<Isa> sum;
  int i = 0;
  for (; i + 16 <= n; i += 16) exp_of_16<Isa>(x + i, scale, max, sum);
  if (i < n) {
    float rest[16] = {};
    for (int j = i; j < n; ++j) rest[j - i] = x[j];
    RowSum<Isa> ignored;
    exp_of_16<Isa>(rest, scale, max, ignored);
    for (int j = n - i; j < 16; ++j) rest[j] = 0;
    for (int v = 0; v < sum.kVectors; ++v) sum.sums[v] += load<Isa>(rest + v * Isa::kLanes);
    for (; i < n; ++i) x[i] = rest[i % 16];
  }
  for (; i < n_padded; ++i) x[i] = 0;
  return sum.total();
}

}  // namespace gpt2run
