#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/half.h"
#include "engine/kernels/move_numbers.h"
#include "engine/kernels/pack_groups.h"
#include "engine/kernels/quantize.h"
#include "engine/weight.h"

namespace gpt2run {
namespace {

// Whether all of n numbers in each of n_rows rows are less than the limit, whatever their signs;
// NaN is not. Added to a number's bits, the limit's distance from the sign bit sets that of others
// only; 16 at a time, so that the compiler makes vectors of them.
template <int n>
bool all_below(float limit, const float* row, size_t stride, int n_rows) {
  static_assert(n % 16 == 0);
  const uint32_t to_sign = 0x80000000u - std::bit_cast<uint32_t>(limit);
  uint32_t any[16] = {};
  for (int i = 0; i < n_rows; ++i, row += stride) {
    for (int j = 0; j < n; j += 16) {
      for (int k = 0; k < 16; ++k) {
        any[k] |= (std::bit_cast<uint32_t>(row[j + k]) & 0x7FFFFFFFu) + to_sign;
      }
    }
  }
  return std::none_of(std::begin(any), std::end(any),
                      [](uint32_t bits) { return bits >> 31 != 0; });
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The numbers of a whole group as [32][64].
//   from  its first number
void gather_whole(const float* from, const GroupBox& box, float* block) {
  if (box.order == MatrixOrder::kInOut) {
    for (int i = 0; i < kGroupRows; ++i, from += box.stride) {
      std::copy_n(from, kPanelCols, block + i * kPanelCols);
    }
    return;
  }
  for (int j = 0; j < kPanelCols; j += 4, from += 4 * box.stride) {
    for (int i = 0; i < kGroupRows; i += 4) {
      transpose_4x4(from + i, box.stride, block + i * kPanelCols + j, kPanelCols);
    }
  }
}

// What would be rounded to infinity becomes the largest bfloat16.
void saturate(float* block) {
  constexpr float kLargest = 0x1.fep127f;
  for (int i = 0; i < kGroupRows * kPanelCols; ++i) {
    block[i] = std::clamp(block[i], -kLargest, kLargest);
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

// A whole group of float32, its rows those of the panel, in its place, if its numbers are finite.
bool pack_float_rows(const float* from, size_t stride, float* out) {
  // What looks at the numbers reads them into the first cache for what moves them.
  if (!all_below<kPanelCols>(kInfinity, from, stride, kGroupRows)) return false;
  for (int i = 0; i < kGroupRows; ++i, from += stride) {
    stream_floats(from, kPanelCols, out + i * kPanelCols);
  }
  return true;
}

// Puts one group of a panel in its place, if its numbers are finite; else returns false. Of float32
// it passes the caches: its place would be fetched first, and is not read again so soon.
bool pack_group(const float* values, const GroupBox& box, WeightType type, std::byte* out) {
  const float* const from = values + box.first;
  if (type == WeightType::kFloat32 && box.is_whole() && box.order == MatrixOrder::kInOut) {
    return pack_float_rows(from, box.stride, reinterpret_cast<float*>(out));
  }
  alignas(64) float block[kGroupRows * kPanelCols];
  if (box.is_whole()) {
    gather_whole(from, box, block);
  } else {
    gather_part(
        box, [&](size_t i) { return values[i]; }, block);
  }
  const auto is_below = [&](float limit) {
    return all_below<kPanelCols>(limit, block, kPanelCols, kGroupRows);
  };
  if (!is_below(type == WeightType::kBFloat16 ? kRoundsToInfinity : kInfinity)) {
    if (!is_below(kInfinity)) return false;
    saturate(block);
  }
  switch (type) {
    case WeightType::kFloat32:
      stream_floats(block, box.n_rows * kPanelCols, reinterpret_cast<float*>(out));
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

// pack_group of that type, for pack_groups.
auto packing(const float* values, WeightType type) {
  return [values, type](const GroupBox& box, std::byte* out) {
    return pack_group(values, box, type, out);
  };
}

}  // namespace

bool pack(const float* values, MatrixOrder order, const Weight& weight, int first_panel, int n) {
  assert(first_panel >= 0 && n >= 0 && first_panel + n <= n_panels(weight.n_out));
  const int col = first_panel * kPanelCols;
  const auto right = static_cast<size_t>(col);
  values += order == MatrixOrder::kInOut ? right : right * static_cast<size_t>(weight.n_in);
  const int col_end = std::min(col + n * kPanelCols, weight.n_out);
  const bool is_finite =
      pack_groups(order, weight, 0, weight.n_in, col, col_end, packing(values, weight.type));
  end_of_stream();
  return is_finite;
}

bool pack(const float* values, MatrixOrder order, const Weight& weight) {
  return pack(values, order, weight, 0, n_panels(weight.n_out));
}

bool pack_rows(const float* rows, MatrixOrder order, const Weight& weight, int first, int n) {
  const bool is_finite = pack_row_groups(order, weight, first, n, packing(rows, weight.type));
  end_of_stream();
  return is_finite;
}

}  // namespace gpt2run
