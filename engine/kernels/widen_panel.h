#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kernels/vector.h"

namespace gpt2run {

// A packed panel's numbers, for products of many rows, which pay for the conversion.

// Inputs 4 * quad + i of a group of kInt8 or kInt4, a vector of columns.
template <class Isa>
GPT2RUN_INLINE Floats<Isa> quantized_values(WeightType type, const std::byte* group, int input,
                                            int col) {
  const std::byte* const items = group + kPanelCols * 2 + col * 4;
  const Floats<Isa> scale = Isa::halves(reinterpret_cast<const uint16_t*>(group) + col);
  if (type == WeightType::kInt8) {
    const Ints<Isa> bytes = load_ints<Isa>(items + input / 4 * kPanelCols * 4);
    return to_floats<Isa>((bytes >> (input % 4 * 8) & 0xff) - 128) * scale;
  }
  const Ints<Isa> bytes = load_ints<Isa>(items + input % 16 / 4 * kPanelCols * 4);
  const int shift = input % 4 * 8 + (input < 16 ? 0 : 4);
  return to_floats<Isa>((bytes >> shift & 0xf) - 8) * scale;
}

template <class Isa>
GPT2RUN_INLINE void widen(WeightType type, const std::byte* panel, int n_groups, float* out) {
  if (type == WeightType::kBFloat16) {
    for (int pair = 0; pair < n_groups * kGroupRows / 2; ++pair, out += 2 * kPanelCols) {
      for (int col = 0; col < kPanelCols; col += Isa::kLanes) {
        const Ints<Isa> both = load_ints<Isa>(panel + (pair * kPanelCols + col) * 4);
        store<Isa>(out + col, as_floats<Isa>(both << 16));
        store<Isa>(out + kPanelCols + col,
                   as_floats<Isa>(both & static_cast<int32_t>(0xffff0000u)));
      }
    }
    return;
  }
  const size_t n_bytes = group_bytes(type);
  for (int g = 0; g < n_groups; ++g, panel += n_bytes) {
    for (int input = 0; input < kGroupRows; ++input, out += kPanelCols) {
      for (int col = 0; col < kPanelCols; col += Isa::kLanes) {
        store<Isa>(out + col, quantized_values<Isa>(type, panel, input, col));
      }
    }
  }
}

// To the nearest bfloat16, ties away from zero, in the upper half.
template <class Isa>
GPT2RUN_INLINE Ints<Isa> round_upper(Floats<Isa> v) {
  return as_ints<Isa>(v) + 0x8000;
}

template <class Isa>
GPT2RUN_INLINE void round_quantized(WeightType type, const std::byte* panel, int n_groups,
                                    uint32_t* out) {
  const size_t n_bytes = group_bytes(type);
  for (int g = 0; g < n_groups; ++g, panel += n_bytes) {
    for (int input = 0; input < kGroupRows; input += 2, out += kPanelCols) {
      for (int col = 0; col < kPanelCols; col += Isa::kLanes) {
        const Ints<Isa> first = round_upper<Isa>(quantized_values<Isa>(type, panel, input, col));
        const Ints<Isa> second =
            round_upper<Isa>(quantized_values<Isa>(type, panel, input + 1, col));
        const Ints<Isa> pair =
            (first >> 16 & 0xffff) | (second & static_cast<int32_t>(0xffff0000u));
        __builtin_memcpy(out + col, &pair, sizeof(pair));
      }
    }
  }
}

}  // namespace gpt2run
