#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace gpt2run {

// Splits a text into the pieces that merges never cross:
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// with \p{L}, \p{N}, \s of unicode_ranges.h. A byte that belongs to no UTF-8 character is a piece
// of its own, and is not white space.
// Time: linear, no recursion. Threads: a const PreTokenizer may be shared.
// Source: openai/gpt-2 src/encoder.py.
class PreTokenizer {
 public:
  PreTokenizer();
  ~PreTokenizer();
  PreTokenizer(PreTokenizer&&) noexcept;

  // The length in bytes of the piece that text starts with.
  // Requires: text is not empty, and goes on to the end of what is encoded (white space at the end
  // is split otherwise than before a word).
  size_t piece_length(std::string_view text) const;

 private:
  struct Patterns;
  std::unique_ptr<const Patterns> patterns_;
};

}  // namespace gpt2run
