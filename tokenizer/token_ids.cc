#include "tokenizer/token_ids.h"

#include <bit>
#include <cassert>

namespace gpt2run {

TokenIds::TokenIds(const StringList& tokens, Hash hash)
    : tokens_(tokens), hash_(hash), slots_(std::bit_ceil(2 * tokens.size() + 2)) {
  assert(tokens.size() <= kMaxTokens);
}

size_t TokenIds::find_slot(std::string_view spelling, uint64_t hash) const {
  for (size_t n = 0; n < kMaxProbes; ++n) {
    const size_t i = (hash + n) & (slots_.size() - 1);
    const Slot slot = slots_[i];
    if (slot == kEmpty) return i;
    if ((slot & ~kIdMask) != tag(hash)) continue;
    if (tokens_[static_cast<size_t>(id_in(slot))] == spelling) return i;
  }
  return slots_.size();
}

int TokenIds::add(int id) {
  const std::string_view spelling = tokens_[static_cast<size_t>(id)];
  const uint64_t hash = hash_(spelling);
  const size_t i = find_slot(spelling, hash);
  if (i == slots_.size()) {
    const auto [entry, is_new] = rest_.emplace(spelling, id);
    return is_new ? kNone : entry->second;
  }
  if (slots_[i] != kEmpty) return id_in(slots_[i]);
  slots_[i] = tag(hash) | static_cast<Slot>(id + 1);
  return kNone;
}

int TokenIds::find(std::string_view spelling) const {
  const size_t i = find_slot(spelling, hash_(spelling));
  if (i < slots_.size()) return id_in(slots_[i]);
  const auto entry = rest_.find(spelling);
  return entry == rest_.end() ? kNone : entry->second;
}

}  // namespace gpt2run
