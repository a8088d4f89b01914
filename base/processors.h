#pragma once

#include <string>
#include <thread>

namespace gpt2run {

// The processors that this process may use: those it may run on, and no more than its control
// group's quota of their time is worth. At least 1.
int n_processors();

// Moves a thread that has just begun to the distance-th processor after this thread's, counted in a
// circle among those that this thread may run on. It may leave from there as ever. For a new thread
// often begins on its creator's processor, and the two were seen to share it for 8 to 20 ms, while
// others had nothing to do (Linux 6.18).
void move_apart(std::thread& thread, int distance);

// What the text of a control group's cpu.max is worth: "150000 100000" is 2 processors.
// Returns 0 where it sets no limit: "max 100000", or anything else.
// Source: Linux Documentation/admin-guide/cgroup-v2.rst.
int processors_of_quota(const std::string& cpu_max);

}  // namespace gpt2run
