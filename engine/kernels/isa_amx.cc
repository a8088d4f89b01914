// AMX: bfloat16 tiles of 16 rows, for many rows. The rest is AVX-512's.
#include <immintrin.h>

#include "engine/kernels/isa_tables.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("amx-tile,amx-bf16,avx512f"))), \
                             apply_to = function)
#else
#pragma GCC target("amx-tile,amx-bf16,avx512f")
#endif

namespace gpt2run {
namespace {

constexpr int kTile = 16;       // rows and columns of a tile of sums
constexpr int kTileDepth = 32;  // inputs of one instruction

// Palette 1: tile 0 to 3 are sums, 4 and 5 rows of x, 6 and 7 columns of the panel.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t n_rows[16] = {kTile, kTile, kTile, kTile, kTile, kTile, kTile, kTile};
};

// 32 rows by 32 columns.
//   x  [n_in/32][32][32]
void multiply_32_columns(const PanelJob<uint16_t>& job, const uint16_t* x, int row, int col) {
  constexpr ptrdiff_t kRowBytes = kTileDepth * 2, kPairBytes = kPanelCols * 4;
  const auto sum_bytes = job.sums_stride * static_cast<ptrdiff_t>(sizeof(float));
  float* const upper = job.sums + row * job.sums_stride + col;
  float* const lower = upper + kTile * job.sums_stride;
  if (job.add_to_sums) {
    _tile_loadd(0, upper, sum_bytes);
    _tile_loadd(1, upper + kTile, sum_bytes);
    _tile_loadd(2, lower, sum_bytes);
    _tile_loadd(3, lower + kTile, sum_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const std::byte* w = job.panel + col * 4;
  for (int i = 0; i < job.n_in; i += kTileDepth) {
    _tile_loadd(4, x, kRowBytes);
    _tile_loadd(5, x + kTile * kTileDepth, kRowBytes);
    _tile_loadd(6, w, kPairBytes);
    _tile_loadd(7, w + kTile * 4, kPairBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    x += 2 * kTile * kTileDepth;
    w += kTileDepth / 2 * kPairBytes;
  }
  _tile_stored(0, upper, sum_bytes);
  _tile_stored(1, upper + kTile, sum_bytes);
  _tile_stored(2, lower, sum_bytes);
  _tile_stored(3, lower + kTile, sum_bytes);
}

}  // namespace

Kernels amx_kernels() {
  Kernels k = avx512_vnni_kernels();
  k.isa = Isa::kAmx;
  k.many_rows = 2 * kTile;
  k.multiply_many_bf16 = [](const PanelJob<uint16_t>& job) {
    static const TileConfig config;
    _tile_loadconfig(&config);
    for (int row = 0; row < job.n_rows; row += 2 * kTile) {
      const uint16_t* const x = job.x + row * job.x_stride;
      multiply_32_columns(job, x, row, 0);
      multiply_32_columns(job, x, row, kPanelCols / 2);
    }
    _tile_release();
  };
  return k;
}

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
