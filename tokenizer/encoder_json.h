#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_list.h"

namespace gpt2run {

// Tokens in the order of a file.
struct NumberedTokens {
  StringList tokens;
  std::vector<int64_t> ids;  // of each token, at least 0
};

// Puts each token in the place of its id.
//   name     how messages call the list
//   returns  [n_vocab]  the tokens by id
// Errors: TokenizerError kTokenizer if the ids are not 0 to n_vocab - 1, each once; if there are
// fewer than the 256 tokens of the single bytes.
StringList order_by_id(NumberedTokens entries, const std::string& name);

// Parses a JSON object {token: id}.
//   name     how messages call the text: its path
//   returns  [n_vocab]  the tokens by id
// Errors: TokenizerError kTokenizer if it is not JSON or holds anything but integers; as
// order_by_id's.
StringList parse_encoder_json(std::string_view text, const std::string& name);

}  // namespace gpt2run
