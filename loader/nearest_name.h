#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// How many characters must be put in, taken out or replaced to turn a into b.
size_t edit_distance(std::string_view a, std::string_view b);

// The index of the name that is most likely meant; names.size() if none is near.
size_t nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace gpt2run
