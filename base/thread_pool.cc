#include "base/thread_pool.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <exception>
#include <thread>

#include "base/processors.h"

namespace gpt2run {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than the pauses between the jobs of a token and between tokens; a thread that sleeps costs
// the next job a system call and comes too late for it.
constexpr std::chrono::microseconds kSpinTime{100};
// Two neighbours: processors fetch cache lines in pairs.
constexpr size_t kCacheLines = 128;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// True as soon as done(); false if it is not within kSpinTime.
template <class Done>
bool spin_until(const Done& done) {
  constexpr int kPausesPerLook = 32;
  const Clock::time_point end = Clock::now() + kSpinTime;
  do {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (done()) return true;
      pause();
    }
  } while (Clock::now() < end);
  return false;
}

enum State {
  kIdle,     // the thread waits, awake
  kAsleep,   // the thread waits, asleep
  kPosted,   // a part stands ready; the thread or the caller takes it, whoever is first
  kRunning,  // the thread computes
  kAwaited,  // the thread computes, and the caller sleeps until it is done
  kQuit,     // the thread is to end
};

}  // namespace

// Whoever changes `state` to kPosted wrote `part` before; whoever changes it from kPosted to
// something else may read it. kIdle and kAsleep are the thread's to leave for each other only.
struct alignas(kCacheLines) ThreadPool::Worker {
  struct Part {
    Task task;
    const void* job;
    int index;
    int count;
    void run() const { task(job, index, count); }
  };

  std::atomic<int> state{kIdle};
  bool may_spin = false;
  Part part{};
  std::thread thread;

  // The thread.
  void work() {
    while (true) {
      wait_while_idle();
      int expected = kPosted;
      if (state.compare_exchange_strong(expected, kRunning, std::memory_order_acquire)) {
        part.run();
        if (state.exchange(kIdle, std::memory_order_release) == kAwaited) state.notify_one();
      } else if (expected == kQuit) {
        return;
      }
    }
  }

  void wait_while_idle() {
    const auto is_called = [this] { return state.load(std::memory_order_relaxed) != kIdle; };
    if (may_spin && spin_until(is_called)) return;
    int expected = kIdle;
    if (state.compare_exchange_strong(expected, kAsleep, std::memory_order_relaxed)) {
      state.wait(kAsleep, std::memory_order_relaxed);
    }
  }

  // The caller.
  void set(State new_state) {
    if (state.exchange(new_state, std::memory_order_release) == kAsleep) state.notify_one();
  }

  void post(const Part& new_part) {
    part = new_part;
    set(kPosted);
  }

  void run_unless_begun() {
    int expected = kPosted;
    if (state.compare_exchange_strong(expected, kIdle, std::memory_order_relaxed)) part.run();
  }

  void wait_until_done() {
    const auto is_done = [this] { return state.load(std::memory_order_acquire) < kPosted; };
    if (is_done() || (may_spin && spin_until(is_done))) return;
    int expected = kRunning;
    if (state.compare_exchange_strong(expected, kAwaited, std::memory_order_acquire)) {
      state.wait(kAwaited, std::memory_order_acquire);
    }
  }
};

ThreadPool::ThreadPool(Waiting waiting) : waiting_(waiting) {}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::run(int n_threads, int max_parts, Task task, const void* job) {
  assert(n_threads >= 1 && max_parts >= 1);
  if (is_busy_.exchange(true, std::memory_order_acquire)) return task(job, 0, 1);
  if (n_threads != n_threads_) resize(n_threads);
  const int n_parts = std::min(max_parts, static_cast<int>(workers_.size()) + 1);
  const auto used = workers_.begin() + (n_parts - 1);
  int index = 0;
  std::for_each(workers_.begin(), used, [&](auto& worker) {
    worker->post({task, job, ++index, n_parts});
  });
  task(job, 0, n_parts);
  std::for_each(workers_.begin(), used, [](auto& worker) { worker->run_unless_begun(); });
  std::for_each(workers_.begin(), used, [](auto& worker) { worker->wait_until_done(); });
  is_busy_.store(false, std::memory_order_release);
}

void ThreadPool::resize(int n_threads) {
  for (const auto& worker : workers_) worker->set(kQuit);
  for (const auto& worker : workers_) worker->thread.join();
  workers_.clear();
  n_threads_ = n_threads;
  if (n_threads == 1) return;
  try {
    const bool may_spin = waiting_ == Waiting::kSpin && n_threads <= n_processors();
    workers_.reserve(static_cast<size_t>(n_threads) - 1);  // once a thread runs, it must get there
    while (static_cast<int>(workers_.size()) + 1 < n_threads) {
      auto worker = std::make_unique<Worker>();
      worker->may_spin = may_spin;
      worker->thread = std::thread(&Worker::work, worker.get());
      workers_.push_back(std::move(worker));
      if (may_spin) move_apart(workers_.back()->thread, static_cast<int>(workers_.size()));
    }
  } catch (const std::exception&) {
    // No memory or no more threads allowed: those that there are do the work.
  }
}

void ThreadPool::stop() {
  if (is_busy_.exchange(true, std::memory_order_acquire)) return;
  resize(1);
  is_busy_.store(false, std::memory_order_release);
}

void ThreadPool::forget_threads() {
  if (is_busy_.load(std::memory_order_acquire)) return;
  // Not destroyed: that would end the program, for a std::thread that was never joined.
  for (auto& worker : workers_) static_cast<void>(worker.release());
  workers_.clear();
  n_threads_ = 1;
}

}  // namespace gpt2run
