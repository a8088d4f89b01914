#include "engine/kernels/product.h"

#include <algorithm>
#include <vector>

#include "base/threads.h"
#include "engine/activation_memory.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/many_rows.h"

namespace gpt2run {
namespace {

constexpr int kMostBlockRows = 192;

double work_of(const Product& p) {
  return 2.0 * p.n_rows * p.w.n_in * p.w.n_out;
}

// The sums of rows [row, row + n_rows), columns [col, col + n_cols) become output.
void finish(const Product& p, const float* sums, int row, int n_rows, int col, int n_cols) {
  const Kernels& k = kernels();
  for (int r = 0; r < n_rows; ++r) {
    const size_t at =
        static_cast<size_t>(row + r) * static_cast<size_t>(p.w.n_out) + static_cast<size_t>(col);
    float* const out = p.out + at;
    const float* const residual = p.residual == nullptr ? nullptr : p.residual + at;
    k.finish_row(sums + r * kPanelCols, n_cols, p.bias == nullptr ? nullptr : p.bias + col,
                 p.gelu_tanh ? nullptr : residual, out);
    if (!p.gelu_tanh) continue;
    k.gelu_tanh(out, n_cols);
    if (residual != nullptr) k.finish_row(out, n_cols, nullptr, residual, out);
  }
}

// Columns [begin, end) of one panel.
struct PanelRange {
  const std::byte* data;  // the panel as it is stored
  const std::byte* next;  // the next one of this thread, or null
  size_t n_bytes;
  int begin, end;
};

// A piece of the next panel is fetched from memory while a tile is computed, if there are several.
void prefetch_piece(const PanelRange& range, int piece, int n_pieces) {
  if (range.next == nullptr || n_pieces == 1) return;
  const size_t n_each = (range.n_bytes / static_cast<size_t>(n_pieces) / 64 + 1) * 64;
  const size_t begin = n_each * static_cast<size_t>(piece);
  for (size_t at = begin; at < std::min(begin + n_each, range.n_bytes); at += 64) {
    __builtin_prefetch(range.next + at, 0, 2);
  }
}

// Few rows, as a kernel takes them.
template <class X>
struct FewRows {
  void (*kernel)(const PanelJob<X>&);
  const X* x;
  int n_in;  // inputs, or groups
};

// All rows by a range of columns.
template <class X>
void multiply_few(const Product& p, const FewRows<X>& with, const PanelRange& range) {
  alignas(64) float sums[kTileRows * kPanelCols];
  const int first_col = range.begin % kPanelCols;
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  const int n_tiles = (p.n_rows + kTileRows - 1) / kTileRows;
  for (int tile = 0; tile < n_tiles; ++tile) {
    prefetch_piece(range, tile, n_tiles);
    const int row = tile * kTileRows;
    const int n_rows = std::min(kTileRows, p.n_rows - row);
    with.kernel({.x = with.x + ptrdiff_t{row} * with.n_in,
                 .x_stride = with.n_in,
                 .n_rows = n_rows,
                 .panel = range.data,
                 .panel_stride = kPanelCols,
                 .n_in = with.n_in,
                 .first_col = first_col,
                 .n_cols = range.end - range.begin,
                 .sums = sums,
                 .sums_stride = kPanelCols,
                 .add_to_sums = false,
                 .is_cached = tile > 0});
    finish(p, sums + first_col, row, n_rows, range.begin, n_valid);
  }
}

// Many rows, and how to take them: so many inputs at once that a tile of rows and, for the short
// numbers, the panel's stay in the first cache; and so many rows at once that their sums do.
template <class X>
struct ManyRows {
  void (*kernel)(const PanelJob<X>&);
  const X* x;
  ptrdiff_t x_stride;    // from one row to the next
  ptrdiff_t input_step;  // from one input to the next, where that begins a slice
  int n_in;
  int slice, block;  // inputs, rows
};

// All rows by a range of columns. Each sum's order is that of its inputs.
//   panel  in the kernel's type
template <class X>
void multiply_many(const Product& p, const ManyRows<X>& with, const void* panel,
                   const PanelRange& range) {
  alignas(64) float sums[kMostBlockRows * kPanelCols];
  const int first_col = range.begin % kPanelCols;
  const int n_valid = std::min(range.end, p.w.n_out) - range.begin;
  for (int row = 0; row < p.n_rows; row += with.block) {
    const int n_rows = std::min(with.block, p.n_rows - row);
    for (int input = 0; input < with.n_in; input += with.slice) {
      with.kernel({.x = with.x + row * with.x_stride + input * with.input_step,
                   .x_stride = with.x_stride,
                   .n_rows = n_rows,
                   .panel = reinterpret_cast<const std::byte*>(static_cast<const X*>(panel) +
                                                               ptrdiff_t{input} * kPanelCols),
                   .panel_stride = kPanelCols,
                   .n_in = std::min(with.slice, with.n_in - input),
                   .first_col = first_col,
                   .n_cols = range.end - range.begin,
                   .sums = sums,
                   .sums_stride = kPanelCols,
                   .add_to_sums = input > 0,
                   .is_cached = true});
    }
    prefetch_piece(range, row / with.block, (p.n_rows + with.block - 1) / with.block);
    finish(p, sums + first_col, row, n_rows, range.begin, n_valid);
  }
}

ManyRows<float> many_rows_of(const Product& p) {
  return {.kernel = kernels().multiply_f32,
          .x = p.x,
          .x_stride = p.w.n_in,
          .input_step = 1,
          .n_in = p.w.n_in,
          .slice = 768,
          .block = 48};
}

// Calls body for the columns of every panel, in ranges that may share a panel between two threads.
template <class Body>
void for_panels(const Product& p, int unit, const Body& body) {
  const size_t panel_size = panel_bytes(p.w.type, p.w.n_in);
  const int64_t n_padded = int64_t{n_panels(p.w.n_out)} * kPanelCols;
  const int64_t n_cols = (p.w.n_out + int64_t{unit} - 1) / unit * unit;
  parallel_ranges(std::min(n_padded, n_cols), unit, work_of(p), [&](int64_t from, int64_t to) {
    while (from < to) {
      const int64_t end = std::min(to, (from / kPanelCols + 1) * kPanelCols);
      const std::byte* const data = panel_of(p.w, static_cast<int>(from / kPanelCols));
      body(PanelRange{.data = data,
                      .next = end < to ? data + panel_size : nullptr,
                      .n_bytes = panel_size,
                      .begin = static_cast<int>(from),
                      .end = static_cast<int>(end)});
      from = end;
    }
  });
}

void multiply_floats(const Product& p) {
  const Kernels& k = kernels();
  const auto kernel = p.w.type == WeightType::kFloat32 ? k.multiply_f32 : k.multiply_bf16;
  const FewRows<float> few = {kernel, p.x, p.w.n_in};
  for_panels(p, kColumnUnit, [&](const PanelRange& range) {
    if (p.n_rows > kFewRows) {
      multiply_many(p, many_rows_of(p), range.data, range);
    } else {
      multiply_few(p, few, range);
    }
  });
}

// float32 by a library, where the build has one.
void multiply_by_library(const Product& p) {
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    thread_local std::vector<float> sums;
    sums.resize(static_cast<size_t>(p.n_rows) * kPanelCols);
    many_rows_library()(p.x, p.n_rows, reinterpret_cast<const float*>(range.data), p.w.n_in,
                        sums.data());
    finish(p, sums.data(), 0, p.n_rows, range.begin, std::min(range.end, p.w.n_out) - range.begin);
  });
}

void multiply_integers(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in);
  std::vector<QuantizedGroup> x(static_cast<size_t>(p.n_rows) * static_cast<size_t>(n));
  for (int row = 0; row < p.n_rows; ++row) {
    k.quantize_row(p.x + ptrdiff_t{row} * p.w.n_in, p.w.n_in, x.data() + ptrdiff_t{row} * n);
  }
  const auto kernel = p.w.type == WeightType::kInt8 ? k.multiply_int8 : k.multiply_int4;
  const FewRows<QuantizedGroup> few = {kernel, x.data(), n};
  for_panels(p, kColumnUnit, [&](const PanelRange& range) { multiply_few(p, few, range); });
}

// Each panel becomes float32 once for all rows.
void multiply_widened(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in);
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    thread_local std::vector<float> wide;
    wide.resize(static_cast<size_t>(n) * kGroupRows * kPanelCols);
    k.widen_panel(p.w.type, range.data, n, wide.data());
    multiply_many(p, many_rows_of(p), wide.data(), range);
  });
}

// x in bfloat16, in the tiles that the kernel takes.
//   tiles  [n_rows in whole tiles][n_in]
void round_rows(const Product& p, ptrdiff_t n_in, uint16_t* tiles) {
  const Kernels& k = kernels();
  const ptrdiff_t tile = k.many_rows;
  parallel_for(p.n_rows, static_cast<double>(p.n_rows * n_in), [&](int row) {
    uint16_t* const to = tiles + row / tile * tile * n_in + row % tile * kGroupRows;
    k.round_row(p.x + ptrdiff_t{row} * p.w.n_in, p.w.n_in, to, tile * kGroupRows);
  });
}

// Rows and, where it is not bfloat16 already, each panel become bfloat16 once.
void multiply_rounded(const Product& p) {
  const Kernels& k = kernels();
  const int n = n_input_groups(p.w.n_in), n_in = n * kGroupRows;
  const int n_padded_rows = (p.n_rows + k.many_rows - 1) / k.many_rows * k.many_rows;
  ActivationMemory memory(static_cast<size_t>(n_padded_rows) * static_cast<size_t>(n_in) / 2);
  auto* const x = reinterpret_cast<uint16_t*>(memory.data());
  round_rows(p, n_in, x);
  // 256 inputs of a panel and a tile fill the first cache; but each slice more reads and writes the
  // sums once more.
  const int quarter = (n + 3) / 4 * kGroupRows;
  const ManyRows<uint16_t> with = {.kernel = k.multiply_many_bf16,
                                   .x = x,
                                   .x_stride = n_in,
                                   .input_step = k.many_rows,
                                   .n_in = n_in,
                                   .slice = std::max(256, quarter),
                                   .block = kMostBlockRows};
  for_panels(p, kPanelCols, [&](const PanelRange& range) {
    thread_local std::vector<uint32_t> rounded;
    const void* pairs = range.data;
    if (p.w.type != WeightType::kBFloat16) {
      rounded.resize(static_cast<size_t>(n) * kGroupRows / 2 * kPanelCols);
      k.round_panel(p.w.type, range.data, n, rounded.data());
      pairs = rounded.data();
    }
    multiply_many(p, with, pairs, range);
  });
}

}  // namespace

void multiply(const Product& p) {
  const bool is_float32 = p.w.type == WeightType::kFloat32;
  if (is_float32 && p.n_rows > kFewRows && many_rows_library() != nullptr) {
    multiply_by_library(p);
  } else if (is_float32 || (p.n_rows <= kFewRows && p.w.type == WeightType::kBFloat16)) {
    multiply_floats(p);
  } else if (p.n_rows <= kFewRows) {
    multiply_integers(p);
  } else if (kernels().multiply_many_bf16 != nullptr) {
    multiply_rounded(p);
  } else {
    multiply_widened(p);
  }
}

}  // namespace gpt2run
