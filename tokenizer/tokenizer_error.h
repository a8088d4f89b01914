#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace gpt2run {

// A vocabulary that cannot be used: kNotFound if a file is absent, kTokenizer if it is damaged,
// kUnsupported if it is another tokenizer's than GPT-2's, kRuntime if the system refuses to open or
// read it.
class TokenizerError : public InputError {
 public:
  using InputError::InputError;
};

// Throws a TokenizerError kTokenizer: "where: what".
//   where  the file, and the token or line in it
//   what   "expected X, found Y; do Z"
[[noreturn]] void throw_damaged(const std::string& where, const std::string& what);

// text from a file in double quotes, for one line of a message: cut where it is long, control
// characters and broken UTF-8 replaced.
std::string in_quotes(std::string_view text);

}  // namespace gpt2run
