#include "base/utf8.h"

namespace gpt2run {
namespace {

// How a character that starts with `lead` goes on: its length, and the range of its second byte
// (narrower than 80..BF where overlong forms, surrogates and code points above U+10FFFF would be).
struct Form {
  size_t length;
  unsigned char second_min, second_max;
};

Form form_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// The number of leading bytes of text that are the beginning of one character, and its full length.
struct Prefix {
  size_t n_good, length;
};

Prefix prefix_of(std::string_view text) {
  if (text.empty()) return {0, 0};
  const Form form = form_of(static_cast<unsigned char>(text[0]));
  if (form.length == 0) return {0, 0};
  size_t n = 1;
  for (; n < form.length && n < text.size(); ++n) {
    const auto byte = static_cast<unsigned char>(text[n]);
    const unsigned char min = n == 1 ? form.second_min : 0x80;
    const unsigned char max = n == 1 ? form.second_max : 0xBF;
    if (byte < min || byte > max) break;
  }
  return {n, form.length};
}

}  // namespace

size_t utf8_length(std::string_view text) {
  const Prefix prefix = prefix_of(text);
  return prefix.n_good == prefix.length ? prefix.length : 0;
}

bool utf8_is_incomplete(std::string_view text) {
  const Prefix prefix = prefix_of(text);
  return prefix.n_good < prefix.length && prefix.n_good == text.size();
}

std::string utf8_replace_invalid(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Prefix prefix = prefix_of(text);
    size_t n = prefix.n_good;
    if (n > 0 && n == prefix.length) {
      out.append(text.substr(0, n));
    } else {
      out.append("\xEF\xBF\xBD");
      if (n == 0) n = 1;
    }
    text.remove_prefix(n);
  }
  return out;
}

size_t utf8_complete_prefix(std::string_view text) {
  // A character has at most 4 bytes, so an incomplete one starts within the last 3.
  for (size_t n_back = 1; n_back <= 3 && n_back <= text.size(); ++n_back) {
    if (utf8_is_incomplete(text.substr(text.size() - n_back))) return text.size() - n_back;
  }
  return text.size();
}

}  // namespace gpt2run
