// AMX: bfloat16 tiles of 16 rows, for many rows of bfloat16 and, in three terms, of float32. The
// rest is AVX-512's.
#include <immintrin.h>

#include "engine/kernels/isa_tables.h"

#if defined(__clang__)
#pragma clang attribute push(                                                        \
    __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl"))), \
    apply_to = function)
#else
#pragma GCC target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl")
#endif

#include "engine/kernels/split_terms.h"

namespace gpt2run {
namespace {

constexpr int kTile = 16;       // rows and columns of a tile of sums
constexpr int kTileDepth = 32;  // inputs of one instruction
static_assert(kStepSize == 2 * kTile && kStepSize == kTileDepth);

// Palette 1: tile 0 to 3 are sums, 4 and 5 rows of x, 6 and 7 columns of the panel.
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t n_rows[16] = {kTile, kTile, kTile, kTile, kTile, kTile, kTile, kTile};
};

struct Avx512 {
  static constexpr int kLanes = 16;
};

// The sums of 32 rows by 32 columns, from what stands there, or zero, to there.
struct SumTiles {
  float* upper;  // rows 0 to 15
  ptrdiff_t stride;

  void load() const {
    _tile_loadd(0, upper, bytes());
    _tile_loadd(1, upper + kTile, bytes());
    _tile_loadd(2, lower(), bytes());
    _tile_loadd(3, lower() + kTile, bytes());
  }
  static void clear() {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  void store() const {
    _tile_stored(0, upper, bytes());
    _tile_stored(1, upper + kTile, bytes());
    _tile_stored(2, lower(), bytes());
    _tile_stored(3, lower() + kTile, bytes());
  }

 private:
  float* lower() const { return upper + kTile * stride; }
  ptrdiff_t bytes() const { return stride * static_cast<ptrdiff_t>(sizeof(float)); }
};

// 32 rows, 32 inputs.
constexpr ptrdiff_t kRowsSize = 2 * kTile * kTileDepth;
GPT2RUN_INLINE void load_rows(const uint16_t* x) {
  constexpr ptrdiff_t kRowBytes = kTileDepth * 2;
  _tile_loadd(4, x, kRowBytes);
  _tile_loadd(5, x + kTile * kTileDepth, kRowBytes);
}

// 32 inputs of 32 columns of a panel.
constexpr ptrdiff_t kPairBytes = kPanelCols * 4, kGroupBytes = kTileDepth / 2 * kPairBytes;
GPT2RUN_INLINE void load_columns(const std::byte* w) {
  _tile_loadd(6, w, kPairBytes);
  _tile_loadd(7, w + kTile * 4, kPairBytes);
}

GPT2RUN_INLINE void add_products() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

// 32 inputs of bfloat16.
struct OneTerm {
  static constexpr int kTerms = 1;
  GPT2RUN_INLINE static void run(const uint16_t* x, const std::byte* w) {
    load_rows(x);
    load_columns(w);
    add_products();
  }
};

// 32 inputs of three terms. The products of the second by the third and of the third by itself are
// left out: together 2^-21 of the whole at most, and 2^-23 on the average. In an order in which
// each step loads only rows or only columns.
struct ThreeTerms {
  static constexpr int kTerms = gpt2run::kTerms;
  GPT2RUN_INLINE static void run(const uint16_t* x, const std::byte* w) {
    load_rows(x);
    load_columns(w + 2 * kGroupBytes);
    add_products();
    load_columns(w + kGroupBytes);
    add_products();
    load_rows(x + kRowsSize);
    add_products();
    load_columns(w);
    add_products();
    load_rows(x);
    add_products();
    load_rows(x + 2 * kRowsSize);
    add_products();
  }
};

// 32 rows by 32 columns.
//   from  what to fetch
template <class Inputs>
void multiply_32_columns(const PanelJob<uint16_t>& job, const uint16_t* x, int row, int col,
                         const std::byte* from) {
  const SumTiles sums = {job.sums + row * job.sums_stride + col, job.sums_stride};
  if (job.add_to_sums) {
    sums.load();
  } else {
    sums.clear();
  }
  const std::byte* w = job.panel + col * 4;
  for (int i = 0; i < job.n_in; i += kTileDepth) {
    Inputs::run(x, w);
    for (int line = 0; line < job.prefetch.n_step_bytes; line += 64) {
      __builtin_prefetch(from + line, 0, 2);
    }
    from += job.prefetch.n_step_bytes;
    x += Inputs::kTerms * kRowsSize;
    w += Inputs::kTerms * kGroupBytes;
  }
  sums.store();
}

template <class Inputs>
void multiply_panel(const PanelJob<uint16_t>& job) {
  // Static: GCC 11 and 12 believe that _tile_loadconfig reads its first 8 bytes only, and would
  // leave out the rest of one made on the stack.
  static const TileConfig config;
  _tile_loadconfig(&config);
  const std::byte* from = job.prefetch.from;
  const ptrdiff_t n_prefetched = ptrdiff_t{job.n_in} / kTileDepth * job.prefetch.n_step_bytes;
  for (int row = 0; row < job.n_rows; row += 2 * kTile) {
    const uint16_t* const x = job.x + row * Inputs::kTerms * job.x_stride;
    for (int col = 0; col < kPanelCols; col += kPanelCols / 2, from += n_prefetched) {
      multiply_32_columns<Inputs>(job, x, row, col, from);
    }
  }
  _tile_release();
}

}  // namespace

Kernels amx_kernels() {
  Kernels k = avx512_vnni_kernels();
  k.isa = Isa::kAmx;
  k.multiply_many_int8 = k.multiply_many_int4 = nullptr;  // bfloat16 tiles are faster
  k.many_rows = 2 * kTile;
  k.one_term = term_kernels<Avx512, 1, 2 * kTile>(multiply_panel<OneTerm>);
  k.three_terms = term_kernels<Avx512, kTerms, 2 * kTile>(multiply_panel<ThreeTerms>);
  return k;
}

}  // namespace gpt2run

#if defined(__clang__)
#pragma clang attribute pop
#endif
