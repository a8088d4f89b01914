#include "engine/kernels/product.h"

#include <algorithm>

#include "engine/kernels/kernels.h"
#include "engine/kernels/product_parts.h"

namespace gpt2run {

const TermKernels* attention_terms(int n_rows, WeightType type) {
  const Kernels& k = kernels();
  if (!is_float(type) && n_rows > kFewRows && k.one_term.multiply != nullptr) return &k.one_term;
  if (n_rows >= kTermRows && k.three_terms.multiply != nullptr) return &k.three_terms;
  return nullptr;
}

void finish(const Product& p, const float* sums, int row, int n_rows, int col, int n_cols) {
  const ptrdiff_t at = ptrdiff_t{row} * p.w.n_out + col;
  kernels().finish({.sums = sums,
                    .sums_stride = kPanelCols,
                    .n_rows = n_rows,
                    .n_cols = n_cols,
                    .bias = p.bias == nullptr ? nullptr : p.bias + col,
                    .gelu_tanh = p.gelu_tanh,
                    .residual = p.residual == nullptr ? nullptr : p.residual + at,
                    .out = p.out + at,
                    .out_stride = p.w.n_out});
}

void convert_rows(RowsToTiles convert, const float* x, ptrdiff_t x_stride, int n_rows, int n_in,
                  int tile_size, uint16_t* out) {
  // Of a whole row at once the groups would be written 2 to 6 KB apart, to few sets of a cache.
  constexpr int kPieceGroups = 4, kPiece = kPieceGroups * kGroupRows;
  const int most_rows = kernels().many_rows, n_groups = n_input_groups(n_in);
  const int n_tiles = in_whole_tiles(n_rows) / most_rows, n_pieces = (n_in + kPiece - 1) / kPiece;
  parallel_for(n_tiles * n_pieces, 4.0 * n_rows * n_in, [&](int i) {
    const int tile = i / n_pieces, row = tile * most_rows, piece = i % n_pieces;
    convert(x + row * x_stride + piece * kPiece, x_stride, std::min(most_rows, n_rows - row),
            std::min(kPiece, n_in - piece * kPiece),
            out + (ptrdiff_t{tile} * n_groups + piece * kPieceGroups) * tile_size);
  });
}

Fetch fetch_in_steps(const std::byte* from, size_t n_bytes, int64_t n_steps) {
  if (from == nullptr) return {};
  const auto n_lines = static_cast<int64_t>(n_bytes / 64);
  return {from, static_cast<int>((n_lines + n_steps - 1) / n_steps * 64)};
}

void multiply(const Product& p) {
  if (p.n_rows <= kFewRows) {
    multiply_few_rows(p);
  } else {
    multiply_many_rows(p);
  }
}

}  // namespace gpt2run
