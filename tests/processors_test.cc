#include "base/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>

namespace gpt2run {
namespace {

TEST(Processors, AreThoseThatTheProcessMayRunOn) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(n_processors(), 1);
  EXPECT_LE(n_processors(), CPU_COUNT(&before));
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(n_processors(), 1);
  EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(Processors, AreNoMoreThanAQuotaPaysFor) {
  EXPECT_EQ(processors_of_quota("50000 100000"), 1);
  EXPECT_EQ(processors_of_quota("100000 100000"), 1);
  EXPECT_EQ(processors_of_quota("100001 100000"), 2);
  EXPECT_EQ(processors_of_quota("400000 100000\n"), 4);
  for (const char* unlimited :
       {"", "max 100000", "max", "-1 100000", "100000", "100000 0", "x y"}) {
    EXPECT_EQ(processors_of_quota(unlimited), 0) << unlimited;
  }
  EXPECT_GT(processors_of_quota("9223372036854775807 1"), 1000);
}

TEST(Processors, AThreadThatWasMovedApartMayRunWhereItMightBefore) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  for (const int distance : {1, 2, 1000}) {
    std::atomic<bool> is_moved{false};
    std::thread thread([&] {
      is_moved.wait(false);
      EXPECT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
    });
    move_apart(thread, distance);
    is_moved = true;
    is_moved.notify_one();
    thread.join();
    EXPECT_TRUE(CPU_EQUAL(&after, &before)) << distance;
  }
}

}  // namespace
}  // namespace gpt2run
