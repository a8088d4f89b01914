#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>

#include "base/error.h"
#include "base/output_calls.h"

namespace gpt2run {

// Runs write once for each system call by which it changes the disk, and lets that one fail as on a
// full disk. Expects the error to come through each time, in one line that says so. Returns how
// many calls there were.
inline int expect_full_disk_reported(const std::function<void()>& write) {
  for (int k = 0;; ++k) {
    int n_calls = 0;
    output_calls::set_before([&](const char*) { return n_calls++ == k ? ENOSPC : 0; });
    try {
      write();
      EXPECT_EQ(n_calls, k) << "call " << k << " failed, and no error came";
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::kRuntime) << message;
      EXPECT_NE(message.find("No space left"), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
    output_calls::set_before({});
    if (n_calls <= k || testing::Test::HasFailure()) return k;
  }
}

}  // namespace gpt2run
