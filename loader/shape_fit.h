#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/transforms.h"

namespace gpt2run {

// The steps that make a stored shape the one that a weight must have; nothing if there are none.
// Axes of 1 are taken away; a layer's matrix is transposed as its siblings are, and against them
// only where it fits no other way; wte, wpe and the head are transposed where only that fits, and
// sliced or padded to the right number of rows.
//   weight         "model/h3/attn/c_attn/w"
//   wanted         its shape in the model, [n_in, n_out]
//   is_transposed  whether its siblings stand [n_out, n_in]
std::optional<std::vector<Transform>> fit_shape(std::string_view weight,
                                                const std::vector<int64_t>& stored,
                                                const std::vector<int64_t>& wanted,
                                                bool is_transposed);

// What slices and pads do, for people: "sliced from [50304, 768] to [50257, 768]", "padded with
// zeros from ... to ...". Empty if there is none among the steps.
std::string size_change_text(const std::vector<Transform>& transforms, std::vector<int64_t> stored);

}  // namespace gpt2run
