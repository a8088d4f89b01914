#pragma once

#include <cstddef>
#include <new>

namespace gpt2run {

// a * b, for sizes of memory. Errors: std::bad_alloc if it does not fit into size_t.
inline size_t checked_product(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::bad_alloc();
  return product;
}

}  // namespace gpt2run
