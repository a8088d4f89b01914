#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "loader/tensor_source.h"

namespace gpt2run {

// Whether a tensor is none of the model's weights: outside model/, a string, or what an optimizer
// keeps beside a variable (model/wte/Adam). Those are skipped and counted.
bool is_no_weight(const TensorInfo& tensor);

// 3 for "model/h3/attn/c_attn/w".
std::optional<int> layer_of(std::string_view name);

// Whether the name is one that TensorFlow 2's object-based saving makes.
bool is_object_based(std::string_view name);

// The error of a checkpoint with such names. Errors: CheckpointError kUnsupported.
[[noreturn]] void throw_object_based(const std::string& path);

}  // namespace gpt2run
