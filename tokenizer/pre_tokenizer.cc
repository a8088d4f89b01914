#include "tokenizer/pre_tokenizer.h"

#include <re2/re2.h>

#include <cassert>
#include <cstdio>
#include <span>
#include <string>

#include "tokenizer/unicode_ranges.h"

namespace gpt2run {
namespace {

// Ranges as they stand between the brackets of a character class.
std::string class_of(std::span<const CodePointRange> ranges) {
  std::string text;
  for (const CodePointRange& range : ranges) {
    char entry[32];
    std::snprintf(entry, sizeof(entry), "\\x{%X}-\\x{%X}", static_cast<unsigned>(range.first),
                  static_cast<unsigned>(range.last));
    text += entry;
  }
  return text;
}

std::string word_pattern() {
  const std::string letters = class_of(letter_ranges());
  const std::string numbers = class_of(number_ranges());
  const std::string white_space = class_of(white_space_ranges());
  // RE2 would take surrogates written as UTF-8, which are not UTF-8.
  const std::string surrogates = "\\x{D800}-\\x{DFFF}";
  return "'s|'t|'re|'ve|'m|'ll|'d| ?[" + letters + "]+| ?[" + numbers + "]+| ?[^" + white_space +
         letters + numbers + surrogates + "]+";
}

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

// The length of the match that text starts with; 0 if there is none. Only the match's end is asked
// for, which RE2 finds with its DFA alone.
size_t match_length(const RE2& pattern, std::string_view text) {
  const re2::StringPiece subject(text.data(), text.size());
  re2::StringPiece match;
  if (!pattern.Match(subject, 0, subject.size(), RE2::ANCHOR_START, &match, 1)) return 0;
  return match.size();
}

size_t last_character_length(std::string_view utf8) {
  size_t n = 1;
  while ((static_cast<unsigned char>(utf8[utf8.size() - n]) & 0xC0) == 0x80) ++n;
  return n;
}

}  // namespace

struct PreTokenizer::Patterns {
  const RE2 word{word_pattern(), options()};
  const RE2 white_space{"[" + class_of(white_space_ranges()) + "]+", options()};
};

PreTokenizer::PreTokenizer() : patterns_(std::make_unique<Patterns>()) {
  assert(patterns_->word.ok() && patterns_->white_space.ok());
}

PreTokenizer::~PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;

size_t PreTokenizer::piece_length(std::string_view text) const {
  const size_t n_word = match_length(patterns_->word, text);
  if (n_word > 0) return n_word;
  const size_t n_space = match_length(patterns_->white_space, text);
  if (n_space == 0) return 1;  // no character starts here
  if (n_space == text.size()) return n_space;
  // \s+(?!\S): the run gives its last character back to what follows. RE2 has no look-ahead.
  const size_t n_back = last_character_length(text.substr(0, n_space));
  return n_back < n_space ? n_space - n_back : n_space;
}

}  // namespace gpt2run
