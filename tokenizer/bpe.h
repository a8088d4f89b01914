#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "tokenizer/merge_table.h"

namespace gpt2run {

// Appends the ids of one piece: its bytes, of which the pair of lowest rank is merged wherever it
// stands, from left to right, until no pair has a rank.
//   byte_ids  of the single bytes
// Time: O(n log n), no recursion. Memory: 28 bytes for each byte of a long piece.
// Source: openai/gpt-2 src/encoder.py, bpe().
void append_bpe(std::string_view piece, const std::array<int, 256>& byte_ids,
                const MergeTable& merges, std::vector<int>& ids);

}  // namespace gpt2run
