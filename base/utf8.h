#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gpt2run {

// The length in bytes of the well-formed UTF-8 character (1 to 4) that text starts with; 0 if it
// starts with none: empty, a lone continuation byte, overlong, a surrogate, above U+10FFFF, cut
// off.
size_t utf8_length(std::string_view text);

// Whether text is the beginning of a well-formed character that more bytes could complete.
bool utf8_is_incomplete(std::string_view text);

// text with U+FFFD for what is not UTF-8: one for each maximal beginning of a character, as
// Python's errors="replace" does it.
std::string utf8_replace_invalid(std::string_view text);

// How many bytes of text can be shown now: all but an incomplete character at its end.
size_t utf8_complete_prefix(std::string_view text);

}  // namespace gpt2run
