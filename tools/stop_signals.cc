#include "tools/stop_signals.h"

#include <iterator>

namespace gpt2run {
namespace {

volatile std::sig_atomic_t signal_that_came = 0;

void note(int signal) {
  signal_that_came = signal;
}

}  // namespace

StopSignals::StopSignals() {
  signal_that_came = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  if (signal_that_came != 0) ::raise(signal_that_came);
}

void StopSignals::check() const {
  if (signal_that_came != 0) throw std::runtime_error("stopped by a signal");
}

}  // namespace gpt2run
