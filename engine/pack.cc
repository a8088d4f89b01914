#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "engine/half.h"
#include "engine/kernels/move_floats.h"
#include "engine/quantize.h"
#include "engine/weight.h"

namespace gpt2run {
namespace {

// Where one group of one panel comes from.
//   from  its first number; in kInOut the next input, in kOutIn the next output is `stride` on
struct Source {
  const float* from;
  size_t stride;
  MatrixOrder order;
  int n_rows, n_cols;  // up to the matrix's end: at most 32 inputs, 64 outputs
};

// The numbers of a whole group as [32][64].
void gather_whole(const Source& source, float* block) {
  const float* from = source.from;
  if (source.order == MatrixOrder::kInOut) {
    for (int i = 0; i < kGroupRows; ++i, from += source.stride) {
      std::copy_n(from, kPanelCols, block + i * kPanelCols);
    }
    return;
  }
  for (int j = 0; j < kPanelCols; j += 4, from += 4 * source.stride) {
    for (int i = 0; i < kGroupRows; i += 4) {
      transpose_4x4(from + i, source.stride, block + i * kPanelCols + j, kPanelCols);
    }
  }
}

// The same of a group at the matrix's end, zeros behind it.
void gather_part(const Source& source, float* block) {
  std::fill_n(block, kGroupRows * kPanelCols, 0.0f);
  const bool is_in_out = source.order == MatrixOrder::kInOut;
  const size_t down = is_in_out ? source.stride : 1, right = is_in_out ? 1 : source.stride;
  for (int i = 0; i < source.n_rows; ++i) {
    const float* from = source.from + static_cast<size_t>(i) * down;
    for (int j = 0; j < source.n_cols; ++j, from += right) block[i * kPanelCols + j] = *from;
  }
}

void put_bfloat16(const float* block, std::byte* out) {
  auto* pairs = reinterpret_cast<uint32_t*>(out);
  for (int i = 0; i < kGroupRows; i += 2) {
    const float* even = block + i * kPanelCols;
    const float* odd = even + kPanelCols;
    for (int j = 0; j < kPanelCols; ++j) {
      pairs[i / 2 * kPanelCols + j] =
          float_to_bfloat16(even[j]) | uint32_t{float_to_bfloat16(odd[j])} << 16;
    }
  }
}

// A whole group of float32 in its place. Rows of inputs go to many panels, so that their cache
// lines would be fetched one by one: they pass the caches, a tenth off the time of loading.
void pack_floats(const Source& source, float* out) {
  if (source.order == MatrixOrder::kOutIn) return gather_whole(source, out);
  const float* from = source.from;
  for (int i = 0; i < kGroupRows; ++i, from += source.stride) {
    stream_floats(from, kPanelCols, out + i * kPanelCols);
  }
}

// Puts one group of a panel in its place.
void pack_group(const Source& source, WeightType type, std::byte* out) {
  const bool is_whole = source.n_rows == kGroupRows && source.n_cols == kPanelCols;
  if (type == WeightType::kFloat32 && is_whole) {
    return pack_floats(source, reinterpret_cast<float*>(out));
  }
  alignas(64) float block[kGroupRows * kPanelCols];
  is_whole ? gather_whole(source, block) : gather_part(source, block);
  switch (type) {
    case WeightType::kFloat32:
      std::memcpy(out, block, static_cast<size_t>(source.n_rows) * kPanelCols * sizeof(float));
      break;
    case WeightType::kBFloat16:
      put_bfloat16(block, out);
      break;
    case WeightType::kInt8:
      quantize_int8(block, out);
      break;
    case WeightType::kInt4:
      quantize_int4(block, out);
      break;
  }
}

// Packs inputs row to row_end of outputs col to col_end.
//   values  the number of input row, output col
void pack_box(const float* values, MatrixOrder order, const Weight& weight, int row, int row_end,
              int col, int col_end) {
  assert(row % kGroupRows == 0 && (row_end % kGroupRows == 0 || row_end == weight.n_in));
  assert(col % kPanelCols == 0 && (col_end % kPanelCols == 0 || col_end == weight.n_out));
  const bool is_in_out = order == MatrixOrder::kInOut;
  const auto stride = static_cast<size_t>(is_in_out ? weight.n_out : weight.n_in);
  for (int j = col; j < col_end; j += kPanelCols) {
    for (int i = row; i < row_end; i += kGroupRows) {
      const auto down = static_cast<size_t>(i - row), right = static_cast<size_t>(j - col);
      const Source source = {values + (is_in_out ? down * stride + right : right * stride + down),
                             stride, order, std::min(kGroupRows, row_end - i),
                             std::min(kPanelCols, col_end - j)};
      pack_group(source, weight.type,
                 panel_of(weight, j / kPanelCols) +
                     static_cast<size_t>(i / kGroupRows) * group_bytes(weight.type));
    }
  }
  end_of_stream();
}

}  // namespace

void pack(const float* values, MatrixOrder order, const Weight& weight, int first_panel, int n) {
  assert(first_panel >= 0 && n >= 0 && first_panel + n <= n_panels(weight.n_out));
  const int col = first_panel * kPanelCols;
  const auto right = static_cast<size_t>(col);
  values += order == MatrixOrder::kInOut ? right : right * static_cast<size_t>(weight.n_in);
  pack_box(values, order, weight, 0, weight.n_in, col,
           std::min(col + n * kPanelCols, weight.n_out));
}

void pack(const float* values, MatrixOrder order, const Weight& weight) {
  pack_box(values, order, weight, 0, weight.n_in, 0, weight.n_out);
}

void pack_rows(const float* rows, MatrixOrder order, const Weight& weight, int first, int n) {
  if (order == MatrixOrder::kInOut) {
    pack_box(rows, order, weight, first, first + n, 0, weight.n_out);
  } else {
    pack_box(rows, order, weight, 0, weight.n_in, first, first + n);
  }
}

}  // namespace gpt2run
