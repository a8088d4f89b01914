#include "tokenizer/merges_text.h"

#include <algorithm>

#include "base/vocabulary_text.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::pair<std::string_view, std::string_view> parse_merge(
    std::string_view text, const std::function<std::string()>& where) {
  const auto parts = merge_parts(text);
  if (!parts) {
    throw_damaged(where(), "expected two parts with one space between them, found " +
                               (text.empty() ? "an empty line" : in_quotes(text)) +
                               "; get the file again");
  }
  return *parts;
}

void parse_merges(std::string_view text, Vocabulary& vocabulary) {
  const std::string& path = vocabulary.merges_name;
  // Empty lines at the end say nothing; the last merge counts with or without a newline.
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  vocabulary.first_merge_line = 1;
  if (text.starts_with("#version")) {
    take_line(text);
    vocabulary.first_merge_line = 2;
  }
  const auto n_lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  vocabulary.merges.reserve(std::min(n_lines, kMaxVocabularyTokens), text.size());
  for (size_t n_line = vocabulary.first_merge_line; !text.empty(); ++n_line) {
    if (vocabulary.merges.size() == kMaxVocabularyTokens) {
      throw_damaged(path, "expected at most " + std::to_string(kMaxVocabularyTokens) +
                              " merges, found more; get the file again");
    }
    const auto where = [&] { return path + ": line " + std::to_string(n_line); };
    const auto [left, right] = parse_merge(take_line(text), where);
    vocabulary.merges.push_back(left, right);
  }
}

}  // namespace gpt2run
