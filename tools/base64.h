#pragma once

#include <string>
#include <string_view>

namespace gpt2run {

// bytes in base64, with padding. Source: RFC 4648, section 4.
std::string base64_encode(std::string_view bytes);

}  // namespace gpt2run
