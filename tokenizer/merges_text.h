#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/vocabulary.h"

namespace gpt2run {

// Two parts with one space between.
//   where  how messages call it: "vocab.bpe: line 7"
// Errors: TokenizerError kTokenizer.
std::pair<std::string, std::string> parse_merge(std::string_view text, const std::string& where);

// Reads the lines of vocab.bpe or merges.txt into vocabulary.merges and first_merge_line. A first
// line "#version..." is skipped, CRLF and a missing final newline are accepted.
//   vocabulary  its merges_name is how messages call the text
// Errors: TokenizerError kTokenizer, with the line.
void parse_merges(std::string_view text, Vocabulary& vocabulary);

}  // namespace gpt2run
