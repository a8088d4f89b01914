#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <exception>

#include "base/shared_range.h"

namespace gpt2run {

// How many threads the engine computes with. Process-wide, and at any time; until it is set,
// OMP_NUM_THREADS or the number of processors this process may use. Requires: n_threads >= 1.
void set_n_threads(int n_threads);
int n_threads();

// About so many arithmetic operations must there be for each thread beyond the first: with fewer,
// one is done before a second has joined in.
inline constexpr double kMinParallelWork = 30000;
// And so many for each before it pays to look at what another has left.
inline constexpr double kMinSharedWork = 10 * kMinParallelWork;

// Calls body(i) for each i in [0, n), on several threads if it pays; which thread calls it is up to
// the course of things. The first exception that a call throws is thrown again here, once all have
// ended. Inside a body, and while another thread's job is running, it is a plain loop.
//   work  a rough count of the arithmetic operations of all calls together
template <class Body>
void parallel_for(int n, double work, const Body& body);

// Splits [0, n) into as many ranges as there are threads, or fewer if more would not pay; each
// thread takes its own from the front, piece by piece, and then, of long work, pieces from the end
// of what another has left. For cores do not work at one speed, least of all where they read
// memory. The same n, grain, work and n_threads() give the same ranges to the same threads, as far
// as they are free, so that a thread finds most of what it had there before in its caches.
// Exceptions and bodies inside bodies as above.
//   grain      every boundary of a range is a multiple of it, but n
//   piece      pieces end at multiples of it, but where a range does: at those of grain only where
//              it is a multiple of grain
//   make_body  called for each range; what it returns is called with each Piece
// Requires: 0 <= n < 2^32, grain >= 1, piece >= 1.
template <class MakeBody>
void parallel_pieces(int64_t n, int64_t grain, int64_t piece, double work,
                     const MakeBody& make_body);

namespace internal {

// See ThreadPool::run, base/thread_pool.h.
void run_parts(int max_parts, void (*task)(const void* job, int part, int n_parts) noexcept,
               const void* job);

// Into how many parts work pays to be split, at most `most`.
inline int parts_that_pay(int64_t most, double work) {
  if (most < 2 || work < kMinParallelWork) return 1;
  const double paying = std::min(1 + work / kMinParallelWork, 1e6);
  return static_cast<int>(std::min({most, int64_t{n_threads()}, static_cast<int64_t>(paying)}));
}

// The first exception of several threads.
class FirstException {
 public:
  // Calls work(); what that throws is kept, if nothing is yet.
  template <class Work>
  void keep(const Work& work) noexcept {
    try {
      work();
    } catch (...) {
      if (!is_taken_.exchange(true)) exception_ = std::current_exception();
    }
  }

  // Requires: the threads have ended.
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::atomic<bool> is_taken_{false};
  std::exception_ptr exception_;
};

// Calls body(part, n_parts), which must not throw, on several threads.
template <class Body>
void for_each_part(int max_parts, const Body& body) {
  const auto task = [](const void* job, int part, int n_parts) noexcept {
    (*static_cast<const Body*>(job))(part, n_parts);
  };
  run_parts(max_parts, task, &body);
}

// What is left of each part of a job: one at a time has several, see ThreadPool::run. Empty between
// jobs. They stay where they are, so that each thread finds its own in its cache.
inline constexpr int kMostShared = 64;
extern SharedRange shared_ranges[kMostShared];

template <class Body>
void take_all(SharedRange& own, int64_t size, const Body& body) {
  for (Piece piece; !(piece = own.take_front(size)).is_empty();) body(piece);
}
// A part that has not begun is empty still: it is not looked at again, but its thread, or the
// caller in its place, does it.
template <class Body>
void take_others(int part, int n_parts, int64_t size, const Body& body) {
  for (int i = 1; i < n_parts; ++i) {
    SharedRange& other = shared_ranges[(part + i) % n_parts];
    for (Piece piece; !(piece = other.take_back(size)).is_empty();) body(piece);
  }
}

}  // namespace internal

template <class Body>
void parallel_for(int n, double work, const Body& body) {
  internal::FirstException exception;
  const int max_parts = internal::parts_that_pay(n, work);
  if (max_parts == 1) {
    for (int i = 0; i < n; ++i) exception.keep([&] { body(i); });
    return exception.rethrow();
  }
  // The threads take what is next in pieces that are worth the trip to the counter.
  const double paying = std::min(n * (kMinParallelWork / 4) / work, static_cast<double>(n));
  const int piece = std::clamp(static_cast<int>(paying), 1, (n + max_parts - 1) / max_parts);
  std::atomic<int64_t> next{0};
  internal::for_each_part(max_parts, [&](int, int) {
    int64_t begin = 0;
    while ((begin = next.fetch_add(piece, std::memory_order_relaxed)) < n) {
      const int end = static_cast<int>(std::min<int64_t>(begin + piece, n));
      for (int i = static_cast<int>(begin); i < end; ++i) exception.keep([&] { body(i); });
    }
  });
  exception.rethrow();
}

template <class MakeBody>
void parallel_pieces(int64_t n, int64_t grain, int64_t piece, double work,
                     const MakeBody& make_body) {
  assert(n >= 0 && n < int64_t{1} << 32 && grain >= 1 && piece >= 1);
  if (n == 0) return;
  const int64_t n_grains = (n - 1) / grain + 1;
  const int max_parts = internal::parts_that_pay(n_grains, work);
  if (max_parts == 1) {
    SharedRange all(0, n);
    return internal::take_all(all, piece, make_body());
  }
  internal::FirstException exception;
  internal::for_each_part(max_parts, [&](int part, int n_parts) {
    const int64_t begin = n_grains * part / n_parts * grain;
    const int64_t end = std::min(n_grains * (part + 1) / n_parts * grain, n);
    const bool is_shared =
        n_parts > 1 && n_parts <= internal::kMostShared && work >= n_parts * kMinSharedWork;
    SharedRange unshared;
    SharedRange& own = is_shared ? internal::shared_ranges[part] : unshared;
    own.set(begin, end);
    exception.keep([&] {
      auto&& body = make_body();
      internal::take_all(own, piece, body);
      if (is_shared) internal::take_others(part, n_parts, piece, body);
    });
    own.set(0, 0);  // an exception leaves something, which the next job must not find
  });
  exception.rethrow();
}

}  // namespace gpt2run
