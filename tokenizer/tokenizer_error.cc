#include "tokenizer/tokenizer_error.h"

#include "base/utf8.h"

namespace gpt2run {

void throw_damaged(const std::string& where, const std::string& what) {
  throw TokenizerError(ErrorKind::kTokenizer, where + ": " + what);
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kMaxBytes = 60;
  const bool is_long = text.size() > kMaxBytes;
  std::string shown = utf8_replace_invalid(text.substr(0, kMaxBytes));
  for (char& byte : shown) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) byte = '?';
  }
  return '"' + shown + (is_long ? "\"..." : "\"");
}

}  // namespace gpt2run
