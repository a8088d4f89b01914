#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gpt2run {

// encoder.json and vocab.bpe spell each byte of a token as one visible character: the printable
// bytes of Latin-1 as themselves, the 68 others as U+0100, U+0101, ... in their order (a space is
// U+0120, "Ġ").
// Source: openai/gpt-2 src/encoder.py, bytes_to_unicode().

// The UTF-8 spelling of bytes.
std::string spell_bytes(std::string_view bytes);

// The bytes that a spelling stands for; nothing if it holds a character that stands for no byte, or
// is not UTF-8.
std::optional<std::string> unspell_bytes(std::string_view spelling);

// Appends those bytes to bytes. False if there are none: bytes is as it was.
bool append_unspelled(std::string_view spelling, std::string& bytes);

// Whether a token has the form <|...|>: it stands in a vocabulary as it reads, and no merge makes
// it.
bool is_special_token(std::string_view token);

}  // namespace gpt2run
