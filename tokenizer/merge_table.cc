#include "tokenizer/merge_table.h"

#include <bit>
#include <cassert>

namespace gpt2run {

MergeTable::MergeTable(size_t n_merges)
    : slots_(std::bit_ceil(2 * n_merges + 2)), shift_(64 - std::countr_zero(slots_.size())) {
  assert(n_merges <= kMaxMerges);
  merges_.reserve(n_merges);
}

int MergeTable::add(const Merge& merge) {
  const size_t i = find_slot(merge.left, merge.right);
  if (i == slots_.size()) {
    const auto rank = static_cast<int>(merges_.size());
    const auto [entry, is_new] = rest_.emplace(std::pair(merge.left, merge.right), rank);
    if (!is_new) return entry->second;
    merges_.push_back(merge);
    return kNone;
  }
  if (slots_[i] != kEmpty) return rank_in(slots_[i]);
  merges_.push_back(merge);
  slots_[i] = tag(hash(merge.left, merge.right)) | static_cast<Slot>(merges_.size());
  return kNone;
}

int MergeTable::rank_in_rest(int left, int right) const {
  const auto entry = rest_.find({left, right});
  return entry == rest_.end() ? kNone : entry->second;
}

}  // namespace gpt2run
