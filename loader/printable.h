#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// Text from a file as a message can show it: one line, no control characters, not long.
std::string printable(std::string_view text);

// "[768, 2304]"
std::string shape_text(const std::vector<int64_t>& shape);

// "0x1a2b3c4d"
std::string hex_text(uint32_t value);

}  // namespace gpt2run
