#include "engine/activation_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <new>
#include <vector>

namespace gpt2run {
namespace {

constexpr size_t kLarge = size_t{64} << 10;  // floats
constexpr size_t kLeast = 64;                // floats of the smallest blocks
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepsSmall = false;  // the sanitizer is to see where each ends
#else
constexpr bool kKeepsSmall = true;
#endif
// What a layer needs by turns: matrices, terms of rows, of panels and of heads, sums. With 8, some
// went back to the system and came again, cleared, in each layer (a third of a prefill of 355M).
constexpr size_t kMostKept = 16;
// Floats. More than a prompt's matrices take in any shape: the logits of all rows, once read, are
// not worth keeping 200 MB for.
constexpr size_t kLargestKept = size_t{16} << 20;
constexpr std::align_val_t kAlignment{64};

float* new_floats(size_t n) {
  return static_cast<float*>(::operator new(n * sizeof(float), kAlignment));
}
void delete_floats(float* floats) {
  ::operator delete(floats, kAlignment);
}

// Small blocks, of powers of two of floats.
class SmallBlocks {
 public:
  ~SmallBlocks() {
    for (Pile& pile : piles_) std::for_each_n(pile.blocks.begin(), pile.n, delete_floats);
  }

  // Null if there is none.
  float* take(size_t n_floats) {
    Pile& pile = pile_of(n_floats);
    return pile.n == 0 ? nullptr : pile.blocks[--pile.n];
  }

  // False if there are enough of that size.
  bool keep(float* block, size_t n_floats) {
    Pile& pile = pile_of(n_floats);
    if (pile.n == pile.blocks.size()) return false;
    pile.blocks[pile.n++] = block;
    return true;
  }

 private:
  struct Pile {
    std::array<float*, 8> blocks;
    size_t n = 0;
  };

  Pile& pile_of(size_t n_floats) {
    return piles_[static_cast<size_t>(std::countr_zero(n_floats / kLeast))];
  }

  std::array<Pile, std::bit_width(kLarge / kLeast)> piles_;  // the last one's are of kLarge
};

// What a thread has dropped. At the thread's end, matrices may outlive it.
class Kept {
 public:
  ~Kept() { is_open_ = false; }

  // The smallest that is large enough and not far larger, or an empty one.
  HugeBuffer take(size_t n_floats) {
    auto best = buffers_.end();
    for (auto it = buffers_.begin(); it != buffers_.end(); ++it) {
      if (it->size() < n_floats || it->size() / 4 > n_floats) continue;
      if (best == buffers_.end() || it->size() < best->size()) best = it;
    }
    if (best == buffers_.end()) return {};
    HugeBuffer found = std::move(*best);
    buffers_.erase(best);
    return found;
  }

  void keep(HugeBuffer buffer) {
    if (buffer.size() > kLargestKept) return;
    buffers_.push_back(std::move(buffer));
    if (buffers_.size() > kMostKept) buffers_.erase(buffers_.begin());
  }

  SmallBlocks& small() { return small_; }

  static bool is_open() { return is_open_; }

 private:
  static thread_local bool is_open_;
  std::vector<HugeBuffer> buffers_;
  SmallBlocks small_;
};
thread_local bool Kept::is_open_ = true;

Kept& kept() {
  static thread_local Kept kept;
  return kept;
}

}  // namespace

ActivationMemory::ActivationMemory(size_t n_floats, Pages pages) {
  if (n_floats == 0) return;
  if (n_floats > std::numeric_limits<size_t>::max() / sizeof(float)) throw std::bad_alloc();
  if (n_floats < kLarge && pages == Pages::kBySize) {
    n_floats_ = kKeepsSmall ? std::max(std::bit_ceil(n_floats), kLeast) : n_floats;
    if (kKeepsSmall && Kept::is_open()) data_ = kept().small().take(n_floats_);
    if (data_ == nullptr) data_ = new_floats(n_floats_);
    return;
  }
  if (Kept::is_open()) large_ = kept().take(n_floats);
  if (large_.data() == nullptr) large_ = HugeBuffer(n_floats);
  data_ = large_.data();
}

ActivationMemory& ActivationMemory::operator=(ActivationMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(large_, other.large_);
  std::swap(n_floats_, other.n_floats_);
  return *this;
}

void ActivationMemory::drop() noexcept {
  if (data_ == nullptr) return;
  if (large_.data() == nullptr) {
    const bool may_keep = kKeepsSmall && Kept::is_open();
    if (!may_keep || !kept().small().keep(data_, n_floats_)) delete_floats(data_);
    return;
  }
  try {
    if (Kept::is_open()) kept().keep(std::move(large_));
  } catch (...) {  // no memory to remember it by: it goes back to the system
  }
}

}  // namespace gpt2run
