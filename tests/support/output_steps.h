#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace gpt2run {

// Each of these counts the calls of base/output_calls.h that write makes.

// Runs write in a process of its own, which is killed right before the call number `step` (from 0).
// Returns whether it was: false once write comes to its end before.
bool is_killed_at(int step, const std::function<void()>& write);

// Runs write, with the call number `step` failing with that errno. Returns whether it was made.
bool fails_at(int step, int error, const std::function<void()>& write);

// Runs write in a process of its own in which no file may grow beyond n_bytes. Returns the message
// of the InputError that it ended with; "" if it ended with none.
std::string error_with_limit(uint64_t n_bytes, const std::function<void()>& write);

}  // namespace gpt2run
