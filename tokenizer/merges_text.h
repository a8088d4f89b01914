#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/vocabulary.h"

namespace gpt2run {

// The two parts of a merge with one space between. They point into the text.
//   where  gives how messages call it, "vocab.bpe: line 7"; called for a message only, since making
//          that for each merge costs as much as taking the merge apart
// Errors: TokenizerError kTokenizer.
std::pair<std::string_view, std::string_view> parse_merge(
    std::string_view text, const std::function<std::string()>& where);

// Reads the lines of vocab.bpe or merges.txt into vocabulary.merges and first_merge_line. A first
// line "#version..." is skipped, CRLF and a missing final newline are accepted.
//   vocabulary  its merges_name is how messages call the text
// Errors: TokenizerError kTokenizer, with the line.
void parse_merges(std::string_view text, Vocabulary& vocabulary);

}  // namespace gpt2run
