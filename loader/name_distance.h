#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/layer_numbers.h"

namespace gpt2run {

// How the families spell a weight, without prefix, layer and suffix: "attn/c_attn/w",
// "attn.c_attn.weight", "attn_qkv.weight", ...
std::vector<std::string> spellings_of(const std::string& weight);

// How far an unknown name is from the nearest spelling of a weight: the edit distance of what
// stands behind the layer's number, or, without one, of the name or one of its ends. Nothing if it
// is more than a third of the spelling.
std::optional<size_t> name_distance(std::string_view name, const std::optional<NumberInName>& layer,
                                    const std::vector<std::string>& spellings);

}  // namespace gpt2run
