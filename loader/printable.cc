#include "loader/printable.h"

#include <cstdio>

#include "base/utf8.h"

namespace gpt2run {

std::string printable(std::string_view text) {
  constexpr size_t kMaxShown = 120;  // bytes
  std::string shown;
  size_t at = 0;
  while (at < text.size() && at < kMaxShown) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t n = utf8_length(text.substr(at));
    // C1 control characters (C2 80 to C2 9F) command a terminal as the C0 ones do.
    const bool is_control =
        byte < 0x20 || byte == 0x7F ||
        (n == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
    if (n > 0 && !is_control) {
      shown.append(text.substr(at, n));
      at += n;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\x%02x", byte);
      shown += escape;
      ++at;
    }
  }
  if (at < text.size()) shown += "... (" + std::to_string(text.size()) + " bytes)";
  return shown;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::string hex_text(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof(text), "0x%08x", value);
  return text;
}

}  // namespace gpt2run
