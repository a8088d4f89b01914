#pragma once

#include "base/threads.h"

namespace gpt2run {

// A test sets as many threads as it likes; at the end there are as many again as before.
class OwnNThreads {
 public:
  OwnNThreads() = default;
  ~OwnNThreads() { set_n_threads(before_); }
  OwnNThreads(const OwnNThreads&) = delete;
  OwnNThreads& operator=(const OwnNThreads&) = delete;

 private:
  const int before_ = n_threads();
};

}  // namespace gpt2run
