#pragma once

#include <span>

namespace gpt2run {

struct CodePointRange {
  char32_t first, last;  // both belong to it
};

// What GPT-2's split pattern means by \p{L}, \p{N} and \s: the general categories L and N, and the
// property White_Space, of Unicode 16. Sorted, with gaps between the ranges.
// The version is pinned here because the installed re2 knows another one on each system.
std::span<const CodePointRange> letter_ranges();
std::span<const CodePointRange> number_ranges();
std::span<const CodePointRange> white_space_ranges();

}  // namespace gpt2run
