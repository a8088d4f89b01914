#include "support/plain_tokenizer.h"

#include <algorithm>
#include <span>

#include "base/utf8.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/unicode_ranges.h"

namespace gpt2run {
namespace {

enum class Class { kLetter, kNumber, kWhiteSpace, kSymbol, kInvalid };

struct Character {
  Class kind;
  std::string_view bytes;
};

char32_t code_point_of(std::string_view utf8) {
  const auto lead = static_cast<unsigned char>(utf8[0]);
  if (utf8.size() == 1) return lead;
  char32_t code_point = lead & (0xFF >> (utf8.size() + 1));
  for (const char byte : utf8.substr(1)) code_point = code_point << 6 | (byte & 0x3F);
  return code_point;
}

bool is_in(char32_t code_point, std::span<const CodePointRange> ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const CodePointRange& range) {
    return range.first <= code_point && code_point <= range.last;
  });
}

Class class_of(char32_t code_point) {
  if (is_in(code_point, letter_ranges())) return Class::kLetter;
  if (is_in(code_point, number_ranges())) return Class::kNumber;
  if (is_in(code_point, white_space_ranges())) return Class::kWhiteSpace;
  return Class::kSymbol;
}

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  while (!text.empty()) {
    const size_t n = utf8_length(text);
    const Class kind = n == 0 ? Class::kInvalid : class_of(code_point_of(text.substr(0, n)));
    characters.push_back({kind, text.substr(0, std::max<size_t>(n, 1))});
    text.remove_prefix(characters.back().bytes.size());
  }
  return characters;
}

// How many of the characters from i on are the first piece.
size_t n_in_piece(const std::vector<Character>& characters, size_t i) {
  const auto run_end = [&](size_t begin) {
    size_t end = begin;
    while (end < characters.size() && characters[end].kind == characters[begin].kind) ++end;
    return end;
  };
  for (const std::string_view contraction : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    std::string next;
    for (size_t k = i; k < characters.size() && k < i + contraction.size(); ++k) {
      next += characters[k].bytes;
    }
    if (next == contraction) return contraction.size();
  }
  if (characters[i].kind == Class::kInvalid) return 1;
  const size_t word = characters[i].bytes == " " ? i + 1 : i;
  if (word < characters.size() && characters[word].kind != Class::kWhiteSpace &&
      characters[word].kind != Class::kInvalid) {
    return run_end(word) - i;
  }
  const size_t end = run_end(i);
  if (end == characters.size() || end == i + 1) return end - i;
  return end - 1 - i;
}

}  // namespace

std::vector<std::string> plain_split(std::string_view text) {
  const std::vector<Character> characters = characters_of(text);
  std::vector<std::string> pieces;
  for (size_t i = 0; i < characters.size();) {
    pieces.emplace_back();
    for (size_t n = n_in_piece(characters, i); n > 0; --n) pieces.back() += characters[i++].bytes;
  }
  return pieces;
}

PlainTokenizer::PlainTokenizer(const Vocabulary& vocabulary) {
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    id_of_[std::string(vocabulary.tokens[id])] = static_cast<int>(id);
  }
  for (const auto& merge : vocabulary.merges) rank_of_.emplace(merge, rank_of_.size());
}

std::vector<int> PlainTokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  for (const std::string& piece : plain_split(text)) {
    std::vector<std::string> word;
    for (const char byte : piece) word.push_back(spell_bytes(std::string(1, byte)));
    while (true) {
      auto best = rank_of_.end();
      for (size_t i = 0; i + 1 < word.size(); ++i) {
        const auto found = rank_of_.find({word[i], word[i + 1]});
        if (found == rank_of_.end()) continue;
        if (best == rank_of_.end() || found->second < best->second) best = found;
      }
      if (best == rank_of_.end()) break;
      std::vector<std::string> merged;
      for (size_t i = 0; i < word.size(); ++i) {
        merged.push_back(word[i]);
        if (i + 1 < word.size() && std::pair(word[i], word[i + 1]) == best->first) {
          merged.back() += word[++i];
        }
      }
      word = merged;
    }
    for (const std::string& token : word) ids.push_back(id_of_.at(token));
  }
  return ids;
}

}  // namespace gpt2run
