#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/threads.h"
#include "support/own_n_threads.h"

namespace gpt2run {
namespace {

constexpr double kMuchWork = 1e9;

class ParallelPieces : public testing::Test {
  OwnNThreads own_n_threads_;
};

// All pieces, in the order of the range.
std::vector<Piece> pieces_of(int64_t n, int64_t grain, int64_t piece, double work) {
  std::mutex mutex;
  std::vector<Piece> pieces;
  parallel_pieces(n, grain, piece, work, [&] {
    return [&](const Piece& found) {
      const std::lock_guard lock(mutex);
      pieces.push_back(found);
    };
  });
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
  return pieces;
}

TEST_F(ParallelPieces, CoverARangeOnce) {
  for (const int n_threads : {1, 2, 3, 8, 70}) {  // more than share what is left, too
    set_n_threads(n_threads);
    for (const int64_t n : {1, 16, 63, 64, 65, 768, 50257}) {
      for (const double work : {0.0, 2.5 * kMinParallelWork, kMuchWork}) {
        int64_t end = 0;
        for (const Piece& piece : pieces_of(n, 16, 64, work)) {
          ASSERT_EQ(piece.begin, end);
          ASSERT_EQ(piece.begin % 16, 0);
          ASSERT_LE(piece.end, (piece.begin / 64 + 1) * 64);
          end = piece.end;
        }
        EXPECT_EQ(end, n) << n_threads << " threads, work " << work;
      }
    }
  }
  EXPECT_TRUE(pieces_of(0, 16, 64, kMuchWork).empty());
}

TEST_F(ParallelPieces, SayWhetherTheNextOneIsTheThreadsToo) {
  set_n_threads(1);
  const std::vector<Piece> pieces = pieces_of(150, 16, 64, kMuchWork);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_TRUE(pieces[0].has_next && pieces[1].has_next);
  EXPECT_FALSE(pieces[2].has_next);
}

// Waits until there are so many. False if they do not come.
bool wait_for(const std::atomic<int64_t>& count, int64_t n) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (count < n) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// One thread stays in its first piece until all others are done. They begin together, for a range
// that has not begun is not looked at.
TEST_F(ParallelPieces, AreTakenFromAThreadThatIsBehind) {
  constexpr int64_t kPieces = 40;
  for (const int n_threads : {2, 3, 8}) {
    set_n_threads(n_threads);
    std::atomic<int64_t> n_begun{0}, n_done{0};
    parallel_pieces(kPieces, 1, 1, kMuchWork, [&] {
      ++n_begun;
      EXPECT_TRUE(wait_for(n_begun, n_threads));
      return [&](const Piece& piece) {
        EXPECT_TRUE(piece.begin != 0 || wait_for(n_done, kPieces - 1)) << n_threads;
        ++n_done;
      };
    });
    EXPECT_EQ(n_done, kPieces);
  }
}

TEST_F(ParallelPieces, MakeABodyForEachThread) {
  set_n_threads(4);
  std::atomic<int> n_made{0};
  parallel_pieces(64, 1, 1, kMuchWork, [&] {
    ++n_made;
    return [thread = std::this_thread::get_id()](const Piece&) {
      EXPECT_EQ(thread, std::this_thread::get_id());
    };
  });
  EXPECT_EQ(n_made, 4);
}

TEST_F(ParallelPieces, LeaveNothingBehindWhenABodyThrows) {
  for (const int n_threads : {1, 2, 8}) {
    set_n_threads(n_threads);
    for (int i = 0; i < 50; ++i) {
      const auto make_body = [] {
        return [](const Piece& piece) {
          if (piece.begin % 3 == 0) throw std::length_error("3");
        };
      };
      EXPECT_THROW(parallel_pieces(64, 1, 1, kMuchWork, make_body), std::length_error);
      const auto make_none = []() -> decltype(make_body()) { throw std::length_error("none"); };
      EXPECT_THROW(parallel_pieces(64, 1, 1, kMuchWork, make_none), std::length_error);
      EXPECT_EQ(pieces_of(5, 1, 1, kMuchWork).size(), 5u);
    }
  }
}

TEST_F(ParallelPieces, AreThoseOfOneThreadInsideALoop) {
  set_n_threads(4);
  std::atomic<int> n_pieces{0};
  parallel_for(16, kMuchWork, [&](int) {
    const std::thread::id outer = std::this_thread::get_id();
    parallel_pieces(64, 1, 1, kMuchWork, [&] {
      return [&, outer](const Piece&) {
        EXPECT_EQ(std::this_thread::get_id(), outer);
        ++n_pieces;
      };
    });
  });
  EXPECT_EQ(n_pieces, 16 * 64);
}

}  // namespace
}  // namespace gpt2run
