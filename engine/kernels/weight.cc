#include "engine/weight.h"

#include <algorithm>
#include <cassert>

#include "engine/checked_product.h"
#include "engine/half.h"

namespace gpt2run {
namespace {

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

std::optional<WeightType> find_weight_type(std::string_view name) {
  for (const WeightType type : kWeightTypes) {
    if (name == weight_type_name(type)) return type;
  }
  return std::nullopt;
}

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

size_t panel_bytes(WeightType type, int n_in) {
  if (type == WeightType::kFloat32) {
    return checked_product(static_cast<size_t>(n_in), kPanelCols * sizeof(float));
  }
  return checked_product(static_cast<size_t>(n_input_groups(n_in)), group_bytes(type));
}

size_t weight_bytes(WeightType type, int n_in, int n_out) {
  return checked_product(panel_bytes(type, n_in), static_cast<size_t>(n_panels(n_out)));
}

std::byte* panel_of(const Weight& weight, int panel) {
  return weight.data + static_cast<size_t>(panel) * panel_bytes(weight.type, weight.n_in);
}

void unpack_column(const Weight& weight, int column, float* out) {
  assert(column >= 0 && column < weight.n_out);
  const std::byte* group = panel_of(weight, column / kPanelCols);
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
