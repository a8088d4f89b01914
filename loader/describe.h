#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gpt2run {

// "[768, 2304]"
std::string shape_text(const std::vector<int64_t>& shape);

// "0x1a2b3c4d"
std::string hex_text(uint32_t value);

}  // namespace gpt2run
