#include "base/printable.h"

#include <cstdio>
#include <limits>

#include "base/utf8.h"

namespace gpt2run {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

std::string escape(std::string_view text, bool keep_lines, size_t max_shown) {
  std::string shown;
  size_t at = 0;
  while (at < text.size() && at < max_shown) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const size_t n = utf8_length(text.substr(at));
    // C1 control characters (C2 80 to C2 9F) command a terminal as the C0 ones do.
    const bool is_control =
        byte < 0x20 || byte == 0x7F ||
        (n == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
    if ((n > 0 && !is_control) || (keep_lines && text.substr(at).starts_with("\n  "))) {
      shown.append(text.substr(at, n));
      at += n;
    } else {
      char code[8];
      std::snprintf(code, sizeof(code), "\\x%02x", byte);
      shown += code;
      ++at;
    }
  }
  if (at < text.size()) shown += "... (" + std::to_string(text.size()) + " bytes)";
  return shown;
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr size_t kMaxShown = 120;  // bytes
  return escape(text, false, kMaxShown);
}

std::string printable_line(std::string_view text) {
  return escape(text, false, kNoLimit);
}

std::string printable_lines(std::string_view text) {
  return escape(text, true, kNoLimit);
}

}  // namespace gpt2run
