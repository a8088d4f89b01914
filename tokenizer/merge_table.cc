#include "tokenizer/merge_table.h"

#include <bit>
#include <cassert>

namespace gpt2run {

MergeTable::MergeTable(size_t n_merges)
    : slots_(std::bit_ceil(2 * n_merges + 2)), shift_(64 - std::countr_zero(slots_.size())) {
  assert(n_merges < kRankMask);
  merges_.reserve(n_merges);
}

int MergeTable::add(const Merge& merge) {
  Slot& slot = slots_[find_slot(merge.left, merge.right)];
  if (slot != kEmpty) return rank_in(slot);
  merges_.push_back(merge);
  slot = tag(hash(merge.left, merge.right)) | static_cast<Slot>(merges_.size());
  return kNone;
}

}  // namespace gpt2run
