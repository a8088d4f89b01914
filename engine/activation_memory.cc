#include "engine/activation_memory.h"

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

namespace gpt2run {
namespace {

constexpr size_t kLarge = size_t{64} << 10;  // floats: below, malloc's own caches serve
// What a layer needs by turns: matrices, terms of rows, of panels and of heads, sums. With 8, some
// went back to the system and came again, cleared, in each layer (a third of a prefill of 355M).
constexpr size_t kMostKept = 16;
constexpr std::align_val_t kAlignment{64};

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
    buffers_.push_back(std::move(buffer));
    if (buffers_.size() > kMostKept) buffers_.erase(buffers_.begin());
  }

  static bool is_open() { return is_open_; }

 private:
  static thread_local bool is_open_;
  std::vector<HugeBuffer> buffers_;
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
    data_ = static_cast<float*>(::operator new(n_floats * sizeof(float), kAlignment));
    return;
  }
  if (Kept::is_open()) large_ = kept().take(n_floats);
  if (large_.data() == nullptr) large_ = HugeBuffer(n_floats);
  data_ = large_.data();
}

ActivationMemory& ActivationMemory::operator=(ActivationMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(large_, other.large_);
  return *this;
}

void ActivationMemory::drop() noexcept {
  if (data_ == nullptr) return;
  if (large_.data() == nullptr) {
    ::operator delete(data_, kAlignment);
    return;
  }
  try {
    if (Kept::is_open()) kept().keep(std::move(large_));
  } catch (...) {  // no memory to remember it by: it goes back to the system
  }
}

}  // namespace gpt2run
