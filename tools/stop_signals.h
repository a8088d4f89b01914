#pragma once

#include <csignal>
#include <stdexcept>

namespace gpt2run {

// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process at once: the work goes on to
// its next check(), so that what it has half made can be taken away. The process ends by the signal
// when the object goes. A second signal of the same number ends it there and then; signals that
// were ignored (nohup) still are.
// Threads: one object at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Errors: std::runtime_error once a signal has come.
  void check() const;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[3];  // of each
};

}  // namespace gpt2run
