#include "tools/loading_progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>

namespace gpt2run {
namespace {

class LoadingProgressTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::openpty(&terminal_, &program_side_, nullptr, nullptr, nullptr), 0);
  }
  void TearDown() override {
    ::close(terminal_);
    ::close(program_side_);
  }
  // What was shown since the last call; the newline makes read() return at once.
  std::string shown() {
    [[maybe_unused]] const ssize_t ignored = ::write(program_side_, "\n", 1);
    std::array<char, 1024> buffer;
    std::string text;
    while (!text.ends_with("\n")) {
      const ssize_t n = ::read(terminal_, buffer.data(), buffer.size());
      if (n <= 0) break;
      text.append(buffer.data(), static_cast<size_t>(n));
    }
    return text.substr(0, text.size() - 2);  // the terminal writes \r\n
  }

  int terminal_ = -1, program_side_ = -1;
};

TEST_F(LoadingProgressTest, ShowsALineAndWipesIt) {
  {
    LoadingProgress progress(program_side_, /*quiet=*/false, /*delay_seconds=*/0);
    progress.show(25, 100);
    EXPECT_EQ(shown(), "\rloading 0.0 MB: 25 %");
  }
  EXPECT_EQ(shown(), "\r" + std::string(20, ' ') + "\r");
}

TEST_F(LoadingProgressTest, SaysWhatIsBeingDone) {
  LoadingProgress progress(program_side_, /*quiet=*/false, /*delay_seconds=*/0, "verifying");
  progress.show(5'000'000, 20'000'000);
  EXPECT_EQ(shown(), "\rverifying 20.0 MB: 25 %");
}

TEST_F(LoadingProgressTest, IsSilentWhereLoadingIsFastOrNobodyWantsIt) {
  {
    LoadingProgress fast(program_side_, false, 1000);
    fast.show(50, 100);
    LoadingProgress quiet(program_side_, true, 0);
    quiet.show(50, 100);
    LoadingProgress nothing(program_side_, false, 0);
    nothing.show(0, 0);
  }
  EXPECT_EQ(shown(), "");
  std::array<int, 2> pipe;
  ASSERT_EQ(::pipe(pipe.data()), 0);
  {
    LoadingProgress no_terminal(pipe[1], false, 0);
    no_terminal.show(50, 100);
  }
  ::close(pipe[1]);
  char byte;
  EXPECT_EQ(::read(pipe[0], &byte, 1), 0);
  ::close(pipe[0]);
}

}  // namespace
}  // namespace gpt2run
