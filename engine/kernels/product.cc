#include "engine/kernels/product.h"

#include <algorithm>
#include <cassert>

#include "engine/kernels/kernels.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {
namespace {

// Some rows at once, by way of the first cache.
void finish_to_bytes(const Product& p, FinishJob job, int row, int col) {
  const Kernels& k = kernels();
  constexpr int kRows = 16;
  alignas(64) float block[kRows * kPanelCols];
  const int n_groups = n_input_groups(p.w.n_out);
  job.out = block;
  job.out_stride = kPanelCols;
  for (int left = job.n_rows; left > 0; left -= kRows) {
    job.n_rows = std::min(kRows, left);
    k.finish(job);
    for (int r = 0; r < job.n_rows; ++r, ++row) {
      k.quantize_row_to_bytes(block + r * kPanelCols, job.n_cols,
                              p.out_groups + ptrdiff_t{row} * n_groups + col / kGroupRows);
    }
    job.sums += kRows * job.sums_stride;
  }
}

}  // namespace

bool takes_bytes(int n_rows, WeightType type) {
  return !is_float(type) && n_rows > kFewRows && kernels().multiply_many_int8 != nullptr;
}

void finish(const Product& p, const float* sums, int row, int n_rows, int col, int n_cols) {
  FinishJob job = {.sums = sums,
                   .sums_stride = kPanelCols,
                   .n_rows = n_rows,
                   .n_cols = n_cols,
                   .bias = p.bias == nullptr ? nullptr : p.bias + col,
                   .gelu_tanh = p.gelu_tanh};
  if (p.out_groups != nullptr) return finish_to_bytes(p, job, row, col);
  const ptrdiff_t at = ptrdiff_t{row} * p.w.n_out + col;
  if (p.residual != nullptr) job.residual = p.residual + at;
  job.out = p.out + at;
  job.out_stride = p.w.n_out;
  kernels().finish(job);
}

void convert_rows(const TermKernels& with, const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                  uint16_t* out) {
  // Of a whole row at once the groups would be written 2 to 6 KB apart, to few sets of a cache.
  constexpr int kPieceGroups = 4, kPiece = kPieceGroups * kGroupRows;
  const int most_rows = kernels().many_rows, n_groups = n_input_groups(n_in);
  const int tile_size = with.n_terms * most_rows * kGroupRows;
  const int n_tiles = in_whole_tiles(n_rows) / most_rows, n_pieces = (n_in + kPiece - 1) / kPiece;
  parallel_for(n_tiles * n_pieces, 4.0 * n_rows * n_in, [&](int i) {
    const int tile = i / n_pieces, row = tile * most_rows, piece = i % n_pieces;
    with.convert_rows(x + row * x_stride + piece * kPiece, x_stride,
                      std::min(most_rows, n_rows - row), std::min(kPiece, n_in - piece * kPiece),
                      out + (ptrdiff_t{tile} * n_groups + piece * kPieceGroups) * tile_size);
  });
}

Prefetch prefetch_in_steps(const std::byte* from, size_t n_bytes, int64_t n_steps) {
  if (from == nullptr) return {};
  const auto n_lines = static_cast<int64_t>(n_bytes / 64);
  return {from, static_cast<int>((n_lines + n_steps - 1) / n_steps * 64)};
}

void multiply(const Product& p) {
  assert((p.x == nullptr) != (p.x_groups == nullptr));
  assert((p.out == nullptr) != (p.out_groups == nullptr));
  assert(p.out_groups == nullptr || p.residual == nullptr);
  if (p.n_rows <= kFewRows) {
    multiply_few_rows(p);
  } else {
    multiply_many_rows(p);
  }
}

}  // namespace gpt2run
