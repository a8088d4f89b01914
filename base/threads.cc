#include "base/threads.h"

#include <pthread.h>

#include <atomic>
#include <cassert>
#include <cstdlib>
#include <string_view>

#include "base/processors.h"
#include "base/thread_pool.h"

namespace gpt2run {
namespace {

// OMP_NUM_THREADS ("4", or "4,2": the first is the outer loops'), else one for each processor.
int default_n_threads() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  const long n = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return n >= 1 && n <= 65536 ? static_cast<int>(n) : n_processors();
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{default_n_threads()};
  return count;
}

ThreadPool::Waiting waiting_of_environment() {
  const char* policy = std::getenv("OMP_WAIT_POLICY");
  const bool is_passive = policy != nullptr && (policy == std::string_view("passive") ||
                                                policy == std::string_view("PASSIVE"));
  return is_passive ? ThreadPool::Waiting::kSleep : ThreadPool::Waiting::kSpin;
}

// Never destroyed, so that what runs at exit may still compute.
ThreadPool& pool() {
  static ThreadPool& pool = *[] {
    auto* made = new ThreadPool(waiting_of_environment());
    pthread_atfork(nullptr, nullptr, [] { gpt2run::pool().forget_threads(); });
    return made;
  }();
  return pool;
}

// Its threads are ended, so that a library that is unloaded leaves none behind.
struct StopAtExit {
  ~StopAtExit() { pool().stop(); }
};

}  // namespace

SharedRange internal::shared_ranges[kMostShared];

void internal::run_parts(int max_parts,
                         void (*task)(const void* job, int part, int n_parts) noexcept,
                         const void* job) {
  static const StopAtExit stop_at_exit;
  pool().run(n_threads(), max_parts, task, job);
}

void set_n_threads(int n_threads) {
  assert(n_threads >= 1);
  thread_count() = n_threads;
}

int n_threads() {
  return thread_count();
}

}  // namespace gpt2run
