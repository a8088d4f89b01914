#include "base/threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/thread_pool.h"
#include "support/own_n_threads.h"

namespace gpt2run {
namespace {

constexpr double kMuchWork = 1e9;
constexpr std::chrono::seconds kTooLong{60};

class Threads : public testing::Test {
  OwnNThreads own_n_threads_;
};

struct Range {
  int64_t begin = 0, end = 0;
  bool operator<(const Range& other) const { return begin < other.begin; }
  bool operator==(const Range&) const = default;
};

// Each as one piece.
std::vector<Range> ranges_of(int64_t n, int64_t grain, double work = kMuchWork) {
  std::mutex mutex;
  std::vector<Range> ranges;
  parallel_pieces(n, grain, std::max<int64_t>(n, 1), work, [&] {
    return [&](const Piece& piece) {
      const std::lock_guard lock(mutex);
      ranges.push_back({piece.begin, piece.end});
    };
  });
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

// 0 + 1 + ... + (n-1), by parallel_for.
int64_t sum_below(int n, double work = kMuchWork) {
  std::atomic<int64_t> sum{0};
  parallel_for(n, work, [&](int i) { sum += i; });
  return sum;
}

// Waits until `n` others have arrived too. False if they do not come.
class Meeting {
 public:
  explicit Meeting(int n) : n_(n) {}
  bool arrive() {
    ++n_arrived_;
    const auto end = std::chrono::steady_clock::now() + kTooLong;
    while (n_arrived_ < n_) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  const int n_;
  std::atomic<int> n_arrived_{0};
};

// True if n bodies run at the same time.
bool all_meet(int n) {
  Meeting meeting(n);
  std::atomic<int> n_met{0};
  parallel_for(n, kMuchWork, [&](int) { n_met += meeting.arrive(); });
  return n_met == n;
}

TEST_F(Threads, CallABodyOnceForEachIndex) {
  for (const int n_threads : {1, 2, 3, 8}) {
    set_n_threads(n_threads);
    for (const int n : {0, 1, 2, 3, 15, 768, 50257}) {
      for (const double work : {0.0, kMinParallelWork, 2.5 * kMinParallelWork, kMuchWork}) {
        std::vector<std::atomic<int>> n_calls(n);
        parallel_for(n, work, [&](int i) { ++n_calls[i]; });
        for (int i = 0; i < n; ++i) ASSERT_EQ(n_calls[i], 1) << i << " of " << n << ", " << work;
      }
    }
  }
}

TEST_F(Threads, ShareARangeAtMultiplesOfTheGrain) {
  for (const int n_threads : {1, 2, 3, 8}) {
    set_n_threads(n_threads);
    for (const int64_t n : {1, 3, 15, 63, 64, 65, 768, 50257}) {
      for (const int64_t grain : {1, 16, 64}) {
        const std::vector<Range> ranges = ranges_of(n, grain);
        EXPECT_EQ(ranges.size(), std::min<int64_t>(n_threads, (n + grain - 1) / grain));
        int64_t end = 0;
        for (const Range& range : ranges) {
          EXPECT_EQ(range.begin, end);
          EXPECT_EQ(range.begin % grain, 0);
          EXPECT_LT(range.begin, range.end);
          end = range.end;
        }
        EXPECT_EQ(end, n);
        EXPECT_EQ(ranges_of(n, grain), ranges);  // the same again
      }
    }
  }
  EXPECT_TRUE(ranges_of(0, 64).empty());
}

TEST_F(Threads, LeaveLittleWorkToTheCaller) {
  set_n_threads(8);
  EXPECT_EQ(ranges_of(768, 1, kMinParallelWork / 2), (std::vector<Range>{{0, 768}}));
  EXPECT_EQ(ranges_of(768, 1, 1.5 * kMinParallelWork).size(), 2u);
  const std::thread::id caller = std::this_thread::get_id();
  parallel_for(8, kMinParallelWork / 2,
               [&](int) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST_F(Threads, RunAtTheSameTime) {
  for (const int n_threads : {2, 3, 8}) {
    set_n_threads(n_threads);
    EXPECT_TRUE(all_meet(n_threads)) << n_threads;
  }
}

TEST_F(Threads, WakeUpWhenTheyHaveFallenAsleep) {
  set_n_threads(2);
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // far longer than they spin
    EXPECT_TRUE(all_meet(2));
  }
}

TEST_F(Threads, AreNeverLostAcrossManySmallJobs) {
  for (const int n_threads : {2, 4}) {
    set_n_threads(n_threads);
    for (int i = 0; i < 20000; ++i) ASSERT_EQ(sum_below(8), 28) << i;
  }
}

TEST_F(Threads, ThrowWhatABodyThrewOnceAllHaveEnded) {
  for (const int n_threads : {1, 2, 8}) {
    set_n_threads(n_threads);
    for (const double work : {0.0, kMuchWork}) {
      std::atomic<int> n_calls{0};
      const auto body = [&](int i) {
        ++n_calls;
        if (i == 5) throw std::length_error("5");
      };
      EXPECT_THROW(parallel_for(8, work, body), std::length_error);
      EXPECT_EQ(n_calls, 8);
      const auto make_body = [] { return [](const Piece&) { throw std::length_error("all"); }; };
      EXPECT_THROW(parallel_pieces(8, 1, 8, work, make_body), std::length_error);
      EXPECT_EQ(sum_below(100), 4950);
    }
  }
}

TEST_F(Threads, RunALoopInsideALoopAlone) {
  set_n_threads(4);
  std::atomic<int64_t> sum{0};
  parallel_for(16, kMuchWork, [&](int) {
    const std::thread::id outer = std::this_thread::get_id();
    sum += sum_below(100);
    parallel_pieces(8, 1, 8, kMuchWork, [&] {
      return [&](const Piece& piece) {
        EXPECT_EQ(std::this_thread::get_id(), outer);
        EXPECT_EQ(piece.end - piece.begin, 8);
      };
    });
  });
  EXPECT_EQ(sum, 16 * 4950);
}

TEST_F(Threads, ServeSeveralCallersAtOnce) {
  set_n_threads(3);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([] {
      for (int i = 0; i < 500; ++i) EXPECT_EQ(sum_below(100), 4950);
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST_F(Threads, GrowAndShrinkAtAnyTime) {
  std::atomic<bool> is_over{false};
  std::thread caller([&] {
    while (!is_over) EXPECT_EQ(sum_below(100), 4950);
  });
  for (const int n : {1, 2, 8, 3, 1, 5, 2}) {
    set_n_threads(n);
    EXPECT_EQ(n_threads(), n);
    EXPECT_EQ(sum_below(1000), 499500);
  }
  is_over = true;
  caller.join();
  set_n_threads(3);
  EXPECT_TRUE(all_meet(3));
}

// Ends the process: 0 if its threads compute.
[[noreturn]] void compute_and_exit(int n_threads) {
  alarm(static_cast<unsigned>(kTooLong.count()));
  const bool meets = n_threads == 1 || all_meet(n_threads);
  _exit(sum_below(1000) == 499500 && meets ? 0 : 1);
}

TEST_F(Threads, AreMadeAnewInTheChildOfAFork) {
  set_n_threads(2);
  EXPECT_TRUE(all_meet(2));
  EXPECT_EXIT(compute_and_exit(2), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(std::exit(sum_below(1000) == 499500 ? 0 : 1), testing::ExitedWithCode(0), "");
  EXPECT_TRUE(all_meet(2));
}

TEST_F(Threads, AreDoneWithoutInTheChildOfAForkInTheMiddleOfAJob) {
  set_n_threads(2);
  Meeting begin(2), end(2);
  std::thread other([&] {
    parallel_for(2, kMuchWork,
                 [&](int first) { EXPECT_TRUE(first == 1 || (begin.arrive() && end.arrive())); });
  });
  EXPECT_TRUE(begin.arrive());
  EXPECT_EXIT(compute_and_exit(1), testing::ExitedWithCode(0), "");
  EXPECT_TRUE(end.arrive());
  other.join();
}

TEST_F(Threads, AreFewerWhereNoneCanBeCreated) {
  set_n_threads(1);
  EXPECT_EQ(sum_below(100), 4950);
  pthread_attr_t before, greedy;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_getattr_default_np(&greedy), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&greedy, size_t{1} << 50), 0);
  ASSERT_EQ(pthread_setattr_default_np(&greedy), 0);
  set_n_threads(4);
  EXPECT_EQ(sum_below(100), 4950);
  EXPECT_EQ(ranges_of(768, 1), (std::vector<Range>{{0, 768}}));
  ASSERT_EQ(pthread_setattr_default_np(&before), 0);
  set_n_threads(2);
  EXPECT_TRUE(all_meet(2));
}

TEST(ThreadPool, MayStopBetweenJobs) {
  for (const auto waiting : {ThreadPool::Waiting::kSpin, ThreadPool::Waiting::kSleep}) {
    ThreadPool pool(waiting);
    for (int i = 0; i < 20; ++i) {
      std::atomic<int> n_parts_run{0};
      const auto task = [](const void* job, int part, int n_parts) noexcept {
        EXPECT_LT(part, n_parts);
        ++*static_cast<std::atomic<int>*>(const_cast<void*>(job));
      };
      pool.run(3, 2, task, &n_parts_run);
      EXPECT_EQ(n_parts_run, 2);
      pool.run(3, 9, task, &n_parts_run);
      EXPECT_EQ(n_parts_run, 5);
      pool.stop();
    }
  }
}

}  // namespace
}  // namespace gpt2run
