#include "engine/huge_buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <limits>
#include <new>
#include <utility>

namespace gpt2run {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;  // bytes

}  // namespace

HugeBuffer::HugeBuffer(size_t n_floats) : n_floats_(n_floats) {
  if (n_floats == 0) return;
  if (n_floats > std::numeric_limits<size_t>::max() / sizeof(float) - kHugePage) {
    throw std::bad_alloc();
  }
  n_mapped_ = (n_floats * sizeof(float) + kHugePage - 1) / kHugePage * kHugePage;
  // One huge page more than needed leaves room to start on a boundary; the ends are given back.
  const size_t n_asked = n_mapped_ + kHugePage;
  void* asked =
      ::mmap(nullptr, n_asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (asked == MAP_FAILED) throw std::bad_alloc();
  char* const begin = static_cast<char*>(asked);
  const size_t n_before = (kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage) % kHugePage;
  if (n_before > 0) ::munmap(begin, n_before);
  if (n_before < kHugePage) ::munmap(begin + n_before + n_mapped_, kHugePage - n_before);
  data_ = reinterpret_cast<float*>(begin + n_before);
  ::madvise(data_, n_mapped_, MADV_HUGEPAGE);  // advice: a system without huge pages may ignore it
}

HugeBuffer::~HugeBuffer() {
  if (data_ != nullptr) ::munmap(data_, n_mapped_);
}

HugeBuffer::HugeBuffer(HugeBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      n_floats_(std::exchange(other.n_floats_, 0)),
      n_mapped_(std::exchange(other.n_mapped_, 0)) {}

HugeBuffer& HugeBuffer::operator=(HugeBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(n_floats_, other.n_floats_);
  std::swap(n_mapped_, other.n_mapped_);
  return *this;
}

}  // namespace gpt2run
