// What handing work to the other threads costs, on a machine of its own and beside other programs.

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/threads.h"

namespace gpt2run {
namespace {

// Threads that compute something else until they go out of scope.
class BusyLoops {
 public:
  explicit BusyLoops(int n) {
    for (int i = 0; i < n; ++i) {
      threads_.emplace_back([this] {
        while (!is_over_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }
  ~BusyLoops() {
    is_over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  BusyLoops(const BusyLoops&) = delete;
  BusyLoops& operator=(const BusyLoops&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::vector<std::thread> threads_;
};

// Stays in registers; a step takes about 2 ns.
float some_work(int64_t n) {
  float x = 1;
  for (int64_t i = 0; i < n; ++i) benchmark::DoNotOptimize(x = x * 0.999f + 0.001f);
  return x;
}

// An empty job: the caller takes back what the others have not begun.
void BM_empty_job(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  set_n_threads(n);
  const BusyLoops others(static_cast<int>(state.range(1)));
  for (auto _ : state) {
    parallel_for(n, 1e9, [](int i) { benchmark::DoNotOptimize(i); });
  }
}

// All threads begin before one ends: the whole way there and back.
void BM_hand_over(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  set_n_threads(n);
  for (auto _ : state) {
    std::atomic<int> n_begun{0};
    parallel_for(n, 1e9, [&](int) {
      ++n_begun;
      while (n_begun.load(std::memory_order_acquire) < n) {
      }
    });
  }
}

// `n` steps, split between the threads.
void BM_split(benchmark::State& state) {
  set_n_threads(static_cast<int>(state.range(0)));
  const BusyLoops others(static_cast<int>(state.range(1)));
  const int64_t n = state.range(2);
  for (auto _ : state) {
    parallel_pieces(n, 1, n, 1e9, [] {
      return
          [](const Piece& piece) { benchmark::DoNotOptimize(some_work(piece.end - piece.begin)); };
    });
  }
}

BENCHMARK(BM_empty_job)
    ->ArgNames({"threads", "others"})
    ->ArgsProduct({{1, 2}, {0, 2}})
    ->UseRealTime();
BENCHMARK(BM_hand_over)->ArgName("threads")->Arg(2)->UseRealTime();
BENCHMARK(BM_split)
    ->ArgNames({"threads", "others", "steps"})
    ->ArgsProduct({{1, 2}, {0, 2}, {1000, 10000, 100000, 1000000}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace gpt2run
