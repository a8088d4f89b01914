#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace gpt2run {

// Numbers by keys that their owner keeps, and that can be told by the number. A slot has a number
// alone, in four bytes, so that a table of 50,000 stays in a core's cache.
// Time: add and find look at kMaxProbes slots, and then at a logarithm of the keys that found no
// slot. So a file whose keys were made to have one hash costs O(n log n), not O(n^2).
// Threads: a const NumberTable may be shared.
template <class Key>
class NumberTable {
 public:
  static constexpr int kNone = -1;
  static constexpr size_t kMaxNumbers = size_t{1} << 22;

  // Requires: n, how many numbers will be added at most, is at most kMaxNumbers.
  explicit NumberTable(size_t n) : slots_(std::bit_ceil(2 * n + 2)) { assert(n <= kMaxNumbers); }

  // The key's number; kNone if none was added.
  //   hash     the key's: its lower bits choose the first slot, its upper nine tell keys apart
  //   has_key  has_key(number): whether the key is that number's
  template <class HasKey>
  int find(const Key& key, uint64_t hash, const HasKey& has_key) const {
    const size_t i = find_slot(hash, has_key);
    return i < slots_.size() ? number_in(slots_[i]) : find_in_rest(key);
  }

  // Adds the key's number. Returns kNone; if the key has one already, returns that one and adds
  // nothing. Requires: 0 <= number < kMaxNumbers.
  template <class HasKey>
  int add(const Key& key, uint64_t hash, int number, const HasKey& has_key) {
    const size_t i = find_slot(hash, has_key);
    if (i == slots_.size()) {
      const auto [entry, is_new] = rest_.emplace(key, number);
      return is_new ? kNone : entry->second;
    }
    if (slots_[i] != kEmpty) return number_in(slots_[i]);
    slots_[i] = tag(hash) | static_cast<Slot>(number + 1);
    return kNone;
  }

 private:
  // A number and one more, below some bits of its key's hash: where those differ, as another key's
  // mostly do, the owner need not be asked.
  using Slot = uint32_t;
  static constexpr Slot kEmpty = 0;
  static constexpr Slot kNumberMask = (Slot{1} << 23) - 1;
  static_assert(kMaxNumbers <= kNumberMask);
  static constexpr size_t kMaxProbes = 32;

  static int number_in(Slot slot) { return static_cast<int>(slot & kNumberMask) - 1; }
  static_assert(kEmpty - 1 == static_cast<Slot>(kNone));
  static Slot tag(uint64_t hash) { return static_cast<Slot>(hash >> 32) & ~kNumberMask; }

  // The slot of the key, or the empty one where it would be; slots_.size() if it is in rest_.
  template <class HasKey>
  size_t find_slot(uint64_t hash, const HasKey& has_key) const {
    for (size_t n = 0; n < kMaxProbes; ++n) {
      const size_t i = (hash + n) & (slots_.size() - 1);
      const Slot slot = slots_[i];
      if (slot == kEmpty) return i;
      if ((slot & ~kNumberMask) == tag(hash) && has_key(number_in(slot))) return i;
    }
    return slots_.size();
  }

  int find_in_rest(const Key& key) const {
    const auto entry = rest_.find(key);
    return entry == rest_.end() ? kNone : entry->second;
  }

  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  std::map<Key, int> rest_;  // whose kMaxProbes slots were all taken
};

}  // namespace gpt2run
