#pragma once

#include <string>

namespace gpt2run {

// The processors that this process may use: those it may run on, and no more than its control
// group's quota of their time is worth. At least 1.
int n_processors();

// What the text of a control group's cpu.max is worth: "150000 100000" is 2 processors.
// Returns 0 where it sets no limit: "max 100000", or anything else.
// Source: Linux Documentation/admin-guide/cgroup-v2.rst.
int processors_of_quota(const std::string& cpu_max);

}  // namespace gpt2run
