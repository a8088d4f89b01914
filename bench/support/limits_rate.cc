// How fast the arithmetic units work when nothing is read from memory.

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/threads.h"
#include "engine/kernels/cpuid.h"
#include "engine/kernels/isa.h"
#include "support/limits.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

// Enough sums to hide the latency of two units, few enough for 16 registers. Each starts from a
// value of its own, or the compiler would make one of them.
constexpr int kSums = 12;
constexpr int64_t kSteps = 1'000'000;

std::atomic<float> g_sink;  // keeps results alive

// Operations a second of all threads; `run` does n_operations and returns something of the result.
double rate_of(float (*run)(), double n_operations) {
  const int n = n_threads();
  std::vector<double> rates;
  for (int i = 0; i < 3; ++i) {
    const double seconds = seconds_of([&] { parallel_for(n, 1e9, [&](int) { g_sink = run(); }); });
    rates.push_back(n * n_operations / seconds);
  }
  return median(rates);
}

// A multiplication and an addition, in whatever registers every machine has.
float run_portable() {
  using Packet = float __attribute__((vector_size(16)));
  Packet sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = Packet{} + static_cast<float>(s);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (Packet& sum : sums) sum = sum * 0.999f + 0.999f;
  }
  for (int s = 1; s < kSums; ++s) sums[0] += sums[s];
  return sums[0][0];
}

#if defined(__x86_64__)

[[gnu::target("avx2,fma")]] float run_fma_avx2() {
  const __m256 factor = _mm256_set1_ps(0.999f);
  __m256 sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = _mm256_set1_ps(static_cast<float>(s));
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, factor, factor);
  }
  for (int s = 1; s < kSums; ++s) sums[0] = _mm256_add_ps(sums[0], sums[s]);
  return _mm256_cvtss_f32(sums[0]);
}

[[gnu::target("avx512f")]] float run_fma_avx512() {
  const __m512 factor = _mm512_set1_ps(0.999f);
  __m512 sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = _mm512_set1_ps(static_cast<float>(s));
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, factor, factor);
  }
  for (int s = 1; s < kSums; ++s) sums[0] = _mm512_add_ps(sums[0], sums[s]);
  return _mm512_cvtss_f32(sums[0]);
}

[[gnu::target("avx512f,avx512bf16,avx512bw,avx512vl")]] float run_dot_bf16() {
  const __m512bh factor = (__m512bh)_mm512_set1_epi32(0x3c003c00);  // 2^-7 twice
  __m512 sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = _mm512_set1_ps(static_cast<float>(s));
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, factor, factor);
  }
  for (int s = 1; s < kSums; ++s) sums[0] = _mm512_add_ps(sums[0], sums[s]);
  return _mm512_cvtss_f32(sums[0]);
}

[[gnu::target("avx512f,avx512vnni")]] float run_dot_int8() {
  const __m512i factor = _mm512_set1_epi32(0x01010101);
  __m512i sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = _mm512_set1_epi32(s);
  for (int64_t i = 0; i < kSteps; ++i) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, factor, factor);
  }
  for (int s = 1; s < kSums; ++s) sums[0] = _mm512_add_epi32(sums[0], sums[s]);
  alignas(64) int32_t result[16];
  _mm512_store_si512(result, sums[0]);
  return static_cast<float>(result[0]);
}

// Eight tiles of 16 rows by 64 bytes.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileShapes) == 64);

constexpr int64_t kTileSteps = 100'000;  // of four products of tiles

// Two tiles by two, the way a product of matrices uses them.
template <bool is_bf16>
[[gnu::target("amx-tile,amx-bf16,amx-int8")]] float run_tiles() {
  // Constant: GCC 11 and 12 believe that _tile_loadconfig reads its first 8 bytes only, and would
  // leave out the rest of one made on the stack.
  static constexpr TileShapes kShapes;
  _tile_loadconfig(&kShapes);  // and zeroes the tiles
  for (int64_t i = 0; i < kTileSteps; ++i) {
    if constexpr (is_bf16) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    } else {
      _tile_dpbssd(0, 4, 6);
      _tile_dpbssd(1, 4, 7);
      _tile_dpbssd(2, 5, 6);
      _tile_dpbssd(3, 5, 7);
    }
  }
  alignas(64) float result[16 * 16];
  _tile_stored(0, result, 64);
  _tile_release();
  return result[0];
}

#endif

}  // namespace

double peak_fma_rate() {
  constexpr double kPerLane = 2.0 * kSums * kSteps;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return rate_of(run_fma_avx512, kPerLane * 16);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return rate_of(run_fma_avx2, kPerLane * 8);
  }
#endif
  return rate_of(run_portable, kPerLane * 4);
}

std::optional<double> bf16_dot_rate() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return rate_of(run_dot_bf16, 2.0 * kSums * kSteps * 32);
#endif
  return std::nullopt;
}

std::optional<double> int8_dot_rate() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return rate_of(run_dot_int8, 2.0 * kSums * kSteps * 64);
#endif
  return std::nullopt;
}

std::optional<double> bf16_amx_rate() {
#if defined(__x86_64__)
  if (best_isa() == Isa::kAmx) {
    return rate_of(run_tiles<true>, 2.0 * kTileSteps * 4 * 16 * 16 * 32);
  }
#endif
  return std::nullopt;
}

std::optional<double> int8_amx_rate() {
#if defined(__x86_64__)
  if (best_isa() == Isa::kAmx && has_amx_int8()) {
    return rate_of(run_tiles<false>, 2.0 * kTileSteps * 4 * 16 * 16 * 64);
  }
#endif
  return std::nullopt;
}

}  // namespace gpt2run
