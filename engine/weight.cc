#include "engine/weight.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

#include "engine/half.h"
#include "engine/quantize.h"

namespace gpt2run {
namespace {

int n_groups(int n_in) {
  return (n_in + kGroupRows - 1) / kGroupRows;
}

size_t checked_product(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::bad_alloc();
  return product;
}

// Bytes that a group of 32 inputs takes in a panel.
size_t group_bytes(WeightType type) {
  switch (type) {
    case WeightType::kFloat32:
      return sizeof(float) * kGroupRows * kPanelCols;
    case WeightType::kBFloat16:
      return sizeof(uint16_t) * kGroupRows * kPanelCols;
    case WeightType::kInt8:
      return kPanelCols * (sizeof(uint16_t) + kGroupRows);
    case WeightType::kInt4:
      return kPanelCols * (sizeof(uint16_t) + kGroupRows / 2);
  }
  return 0;
}

// The numbers of one group in one panel, [n_rows][64], zeros where the matrix ends.
void gather(const float* values, MatrixOrder order, const Weight& weight, int row, int col,
            float* block) {
  const int n_rows = std::min(kGroupRows, weight.n_in - row);
  const int n_cols = std::min(kPanelCols, weight.n_out - col);
  if (n_rows < kGroupRows || n_cols < kPanelCols) {
    std::fill_n(block, kGroupRows * kPanelCols, 0.0f);
  }
  const auto n_in = static_cast<size_t>(weight.n_in), n_out = static_cast<size_t>(weight.n_out);
  if (order == MatrixOrder::kInOut) {
    const float* from = values + static_cast<size_t>(row) * n_out + static_cast<size_t>(col);
    for (int i = 0; i < n_rows; ++i) {
      std::copy_n(from + static_cast<size_t>(i) * n_out, n_cols, block + i * kPanelCols);
    }
    return;
  }
  const float* from = values + static_cast<size_t>(col) * n_in + static_cast<size_t>(row);
  for (int j = 0; j < n_cols; ++j, from += n_in) {
    for (int i = 0; i < n_rows; ++i) block[i * kPanelCols + j] = from[i];
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

// Puts one group of a panel in its place.
void put_group(const float* block, WeightType type, int n_rows, std::byte* out) {
  switch (type) {
    case WeightType::kFloat32:
      std::memcpy(out, block, static_cast<size_t>(n_rows) * kPanelCols * sizeof(float));
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

// What stands at input i of column j in a group.
float value_at(const std::byte* group, WeightType type, int i, int j) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(group);
  const auto* halves = reinterpret_cast<const uint16_t*>(group);
  const uint8_t* items = bytes + kPanelCols * sizeof(uint16_t);
  switch (type) {
    case WeightType::kFloat32:
      return reinterpret_cast<const float*>(group)[i * kPanelCols + j];
    case WeightType::kBFloat16:
      return bfloat16_to_float(halves[(i / 2 * kPanelCols + j) * 2 + i % 2]);
    case WeightType::kInt8:
      return half_to_float(halves[j]) *
             static_cast<float>(items[(i / 4 * kPanelCols + j) * 4 + i % 4] - 128);
    case WeightType::kInt4: {
      const uint8_t byte = items[(i % 16 / 4 * kPanelCols + j) * 4 + i % 4];
      return half_to_float(halves[j]) * static_cast<float>((i < 16 ? byte & 15 : byte >> 4) - 8);
    }
  }
  return 0;
}

}  // namespace

const char* weight_type_name(WeightType type) {
  switch (type) {
    case WeightType::kFloat32:
      return "f32";
    case WeightType::kBFloat16:
      return "bf16";
    case WeightType::kInt8:
      return "int8";
    case WeightType::kInt4:
      return "int4";
  }
  return "";
}

size_t panel_bytes(WeightType type, int n_in) {
  if (type == WeightType::kFloat32) {
    return checked_product(static_cast<size_t>(n_in), kPanelCols * sizeof(float));
  }
  return checked_product(static_cast<size_t>(n_groups(n_in)), group_bytes(type));
}

size_t weight_bytes(WeightType type, int n_in, int n_out) {
  return checked_product(panel_bytes(type, n_in), static_cast<size_t>(n_panels(n_out)));
}

void pack(const float* values, MatrixOrder order, const Weight& weight, int first_panel, int n) {
  assert(first_panel >= 0 && n >= 0 && first_panel + n <= n_panels(weight.n_out));
  alignas(64) float block[kGroupRows * kPanelCols];
  std::byte* out =
      weight.data + static_cast<size_t>(first_panel) * panel_bytes(weight.type, weight.n_in);
  for (int panel = first_panel; panel < first_panel + n; ++panel) {
    for (int row = 0; row < weight.n_in; row += kGroupRows) {
      const int n_rows = std::min(kGroupRows, weight.n_in - row);
      gather(values, order, weight, row, panel * kPanelCols, block);
      put_group(block, weight.type, n_rows, out);
      out += weight.type == WeightType::kFloat32
                 ? static_cast<size_t>(n_rows) * kPanelCols * sizeof(float)
                 : group_bytes(weight.type);
    }
  }
}

void pack(const float* values, MatrixOrder order, const Weight& weight) {
  pack(values, order, weight, 0, n_panels(weight.n_out));
}

void unpack_column(const Weight& weight, int column, float* out) {
  assert(column >= 0 && column < weight.n_out);
  const std::byte* group = weight.data + static_cast<size_t>(column / kPanelCols) *
                                             panel_bytes(weight.type, weight.n_in);
  if (weight.type == WeightType::kFloat32) {
    const float* const first = reinterpret_cast<const float*>(group) + column % kPanelCols;
    for (int i = 0; i < weight.n_in; ++i) out[i] = first[ptrdiff_t{i} * kPanelCols];
    return;
  }
  for (int row = 0; row < weight.n_in; row += kGroupRows, group += group_bytes(weight.type)) {
    const int n_rows = std::min(kGroupRows, weight.n_in - row);
    for (int i = 0; i < n_rows; ++i) {
      out[row + i] = value_at(group, weight.type, i, column % kPanelCols);
    }
  }
}

}  // namespace gpt2run
