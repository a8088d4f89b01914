#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace gpt2run {

// A piece of work; empty if there is nothing left.
struct Piece {
  int64_t begin = 0, end = 0;
  bool has_next = false;  // the one behind it is the thread's next, as far as nobody takes it

  bool is_empty() const { return begin == end; }
};

// A range that one thread takes pieces from at the front, and others, once they have nothing else
// to do, at the end. What is taken is taken by one thread only; nothing is said about memory that
// was written before or is written in a piece.
// Pieces end at multiples of `size`, but where the range does.
class alignas(128) SharedRange {  // two cache lines, which processors fetch in pairs
 public:
  SharedRange() = default;
  SharedRange(int64_t begin, int64_t end) { set(begin, end); }

  // The owner. Requires: 0 <= begin <= end < 2^32.
  void set(int64_t begin, int64_t end) { range_.store(packed(begin, end), kRelaxed); }

  // The owner.
  Piece take_front(int64_t size) {
    uint64_t range = range_.load(kRelaxed);
    while (true) {
      const int64_t begin = begin_of(range), end = end_of(range);
      if (begin == end) return {};
      const int64_t next = std::min(end, (begin / size + 1) * size);
      if (range_.compare_exchange_weak(range, packed(next, end), kRelaxed)) {
        return {begin, next, next < end};
      }
    }
  }

  // Others.
  Piece take_back(int64_t size) {
    uint64_t range = range_.load(kRelaxed);
    while (true) {
      const int64_t begin = begin_of(range), end = end_of(range);
      if (begin == end) return {};
      const int64_t next = std::max(begin, (end - 1) / size * size);
      if (range_.compare_exchange_weak(range, packed(begin, next), kRelaxed)) return {next, end};
    }
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;

  static uint64_t packed(int64_t begin, int64_t end) {
    return static_cast<uint64_t>(end) << 32 | static_cast<uint64_t>(begin);
  }
  static int64_t begin_of(uint64_t range) { return static_cast<int64_t>(range & UINT32_MAX); }
  static int64_t end_of(uint64_t range) { return static_cast<int64_t>(range >> 32); }

  std::atomic<uint64_t> range_{0};  // both in one, so that they change together
};

}  // namespace gpt2run
