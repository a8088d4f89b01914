#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gpt2run {

// One line on a terminal that says how far loading is: shown once it has taken over half a second,
// wiped when the object goes. Silent where fd is no terminal.
class LoadingProgress {
 public:
  static constexpr double kDelay = 0.5;  // seconds
  //   verb  what is being done
  explicit LoadingProgress(int fd, bool quiet, double delay_seconds = kDelay,
                           const char* verb = "loading");
  ~LoadingProgress();
  LoadingProgress(const LoadingProgress&) = delete;
  LoadingProgress& operator=(const LoadingProgress&) = delete;

  void show(uint64_t n_done, uint64_t n_total);  // bytes

 private:
  void rewrite_line(const std::string& text);

  int fd_;
  bool active_;
  const char* verb_;
  std::chrono::steady_clock::time_point next_;  // nothing is written before
  size_t n_shown_ = 0;                          // characters on the line
};

}  // namespace gpt2run
