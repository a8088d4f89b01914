#pragma once

#include <cstddef>
#include <utility>

#include "engine/huge_buffer.h"

namespace gpt2run {

// kHuge: also what is small. For what is read with long strides: in small pages the search for the
// places takes as long as an AMX product.
enum class Pages { kBySize, kHuge };

// Memory for activations. A pass makes and drops the same few matrices in each layer. Large ones
// taken fresh from the system cost a page fault for every 4 KiB, which took a fifth of the time of
// a prefill; small ones from malloc half a microsecond each, a twelfth of the time of a token. So
// what is dropped is kept for the next that fits, what is large in huge pages.
// Owns: the memory. Threads: what a thread drops is kept for that thread, until it ends; of large
// ones the last 16, of at most 64 MB each.
// Errors: std::bad_alloc.
class ActivationMemory {
 public:
  ActivationMemory() = default;
  explicit ActivationMemory(size_t n_floats, Pages pages = Pages::kBySize);
  ~ActivationMemory() { drop(); }
  ActivationMemory(ActivationMemory&& other) noexcept { *this = std::move(other); }
  ActivationMemory& operator=(ActivationMemory&& other) noexcept;

  // Starts on a 64-byte boundary.
  float* data() { return data_; }
  const float* data() const { return data_; }

 private:
  void drop() noexcept;

  float* data_ = nullptr;
  HugeBuffer large_;     // or empty:
  size_t n_floats_ = 0;  // at data_, which is from operator new
};

}  // namespace gpt2run
