#pragma once

#include <cstddef>

namespace gpt2run {

// Zeroed float32 memory that starts on a 2 MB boundary and is advised for huge pages: with 4 KiB
// pages, reading all weights once a token loses a third or more of the memory bandwidth to TLB
// misses. Pages that are never touched take no memory.
// Owns: the memory.
// Errors: std::bad_alloc.
class HugeBuffer {
 public:
  HugeBuffer() = default;
  explicit HugeBuffer(size_t n_floats);
  ~HugeBuffer();
  HugeBuffer(HugeBuffer&& other) noexcept;
  HugeBuffer& operator=(HugeBuffer&& other) noexcept;

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t size() const { return n_floats_; }  // floats

 private:
  float* data_ = nullptr;
  size_t n_floats_ = 0;
  size_t n_mapped_ = 0;  // bytes from data_ that are mapped
};

}  // namespace gpt2run
