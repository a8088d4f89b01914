#include "tokenizer/merge_table.h"

namespace gpt2run {

MergeTable::MergeTable(size_t n_merges) : ranks_(n_merges) {
  merges_.reserve(n_merges);
}

int MergeTable::add(const Merge& merge) {
  const auto [left, right, result] = merge;
  const int earlier = ranks_.add({left, right}, hash(left, right), static_cast<int>(merges_.size()),
                                 has(left, right));
  if (earlier == Ranks::kNone) merges_.push_back(merge);
  return rank_or_none(earlier);
}

}  // namespace gpt2run
