#include "tokenizer/merge_table.h"

#include <bit>

namespace gpt2run {

MergeTable::MergeTable(size_t n_merges)
    : slots_(std::bit_ceil(2 * n_merges + 2)), shift_(64 - std::countr_zero(slots_.size())) {
  merges_.reserve(n_merges);
}

int MergeTable::add(const Merge& merge) {
  Slot& slot = slots_[find_slot(merge.left, merge.right)];
  if (slot.rank != kNone) return slot.rank;
  slot = {merge.left, merge.right, static_cast<int>(merges_.size())};
  merges_.push_back(merge);
  return kNone;
}

}  // namespace gpt2run
