#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// Parses a JSON object {token: id}.
//   name     how messages call the text: its path
//   returns  [n_vocab]  the tokens by id
// Errors: TokenizerError kTokenizer if it is not JSON, holds anything but integers, or if its ids
// are not 0 to n_vocab - 1, each once; if it has fewer than the 256 tokens of the single bytes.
std::vector<std::string> parse_encoder_json(std::string_view text, const std::string& name);

}  // namespace gpt2run
