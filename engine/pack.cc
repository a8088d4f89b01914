#include <algorithm>
#include <bit>
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

// Whether all of n numbers in each of n_rows rows are finite. One more in its exponent sets the
// sign of infinity and NaN only; 16 at a time, so that the compiler makes vectors of them.
template <int n>
bool all_finite(const float* row, size_t stride, int n_rows) {
  static_assert(n % 16 == 0);
  uint32_t any[16] = {};
  for (int i = 0; i < n_rows; ++i, row += stride) {
    for (int j = 0; j < n; j += 16) {
      for (int k = 0; k < 16; ++k) {
        any[k] |= (std::bit_cast<uint32_t>(row[j + k]) & 0x7FFFFFFFu) + 0x00800000u;
      }
    }
  }
  return std::none_of(std::begin(any), std::end(any),
                      [](uint32_t bits) { return bits >> 31 != 0; });
}

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

// A whole group of float32 in its place, if its numbers are finite. Rows of inputs go to many
// panels, so that their cache lines would be fetched one by one: they pass the caches, a tenth off
// the time of loading.
bool pack_floats(const Source& source, float* out) {
  // What looks at the numbers reads them into the first cache for what moves them.
  const float* from = source.from;
  if (source.order == MatrixOrder::kOutIn) {
    if (!all_finite<kGroupRows>(from, source.stride, kPanelCols)) return false;
    gather_whole(source, out);
    return true;
  }
  if (!all_finite<kPanelCols>(from, source.stride, kGroupRows)) return false;
  for (int i = 0; i < kGroupRows; ++i, from += source.stride) {
    stream_floats(from, kPanelCols, out + i * kPanelCols);
  }
  return true;
}

// Puts one group of a panel in its place, if its numbers are finite; else returns false.
bool pack_group(const Source& source, WeightType type, std::byte* out) {
  const bool is_whole = source.n_rows == kGroupRows && source.n_cols == kPanelCols;
  if (type == WeightType::kFloat32 && is_whole) {
    return pack_floats(source, reinterpret_cast<float*>(out));
  }
  alignas(64) float block[kGroupRows * kPanelCols];
  is_whole ? gather_whole(source, block) : gather_part(source, block);
  if (!all_finite<kPanelCols>(block, kPanelCols, kGroupRows)) return false;
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
  return true;
}

// Packs inputs row to row_end of outputs col to col_end. Returns whether all are finite; groups
// that are not are left out.
//   values  the number of input row, output col
bool pack_box(const float* values, MatrixOrder order, const Weight& weight, int row, int row_end,
              int col, int col_end) {
  assert(row % kGroupRows == 0 && (row_end % kGroupRows == 0 || row_end == weight.n_in));
  assert(col % kPanelCols == 0 && (col_end % kPanelCols == 0 || col_end == weight.n_out));
  const bool is_in_out = order == MatrixOrder::kInOut;
  const auto stride = static_cast<size_t>(is_in_out ? weight.n_out : weight.n_in);
  bool is_finite = true;
  for (int j = col; j < col_end; j += kPanelCols) {
    for (int i = row; i < row_end; i += kGroupRows) {
      const auto down = static_cast<size_t>(i - row), right = static_cast<size_t>(j - col);
      const Source source = {values + (is_in_out ? down * stride + right : right * stride + down),
                             stride, order, std::min(kGroupRows, row_end - i),
                             std::min(kPanelCols, col_end - j)};
      std::byte* const out = panel_of(weight, j / kPanelCols) +
                             static_cast<size_t>(i / kGroupRows) * group_bytes(weight.type);
      is_finite &= pack_group(source, weight.type, out);
    }
  }
  end_of_stream();
  return is_finite;
}

}  // namespace

bool pack(const float* values, MatrixOrder order, const Weight& weight, int first_panel, int n) {
  assert(first_panel >= 0 && n >= 0 && first_panel + n <= n_panels(weight.n_out));
  const int col = first_panel * kPanelCols;
  const auto right = static_cast<size_t>(col);
  values += order == MatrixOrder::kInOut ? right : right * static_cast<size_t>(weight.n_in);
  return pack_box(values, order, weight, 0, weight.n_in, col,
                  std::min(col + n * kPanelCols, weight.n_out));
}

bool pack(const float* values, MatrixOrder order, const Weight& weight) {
  return pack_box(values, order, weight, 0, weight.n_in, 0, weight.n_out);
}

bool pack_rows(const float* rows, MatrixOrder order, const Weight& weight, int first, int n) {
  return order == MatrixOrder::kInOut
             ? pack_box(rows, order, weight, first, first + n, 0, weight.n_out)
             : pack_box(rows, order, weight, 0, weight.n_in, first, first + n);
}

}  // namespace gpt2run
