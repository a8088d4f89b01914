#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace gpt2run {
namespace {

int n_allowed_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());  // more than a cpu_set_t holds
}

std::string cpu_max_of_this_group() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");  // a container's own; absent on the host
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

int processors_of_quota(const std::string& cpu_max) {
  std::istringstream text(cpu_max);
  long long quota = 0, period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::min((quota - 1) / period + 1, 1LL << 20));
}

int n_processors() {
  const int n_allowed = std::max(n_allowed_processors(), 1);
  const int n_paid = processors_of_quota(cpu_max_of_this_group());
  return n_paid > 0 ? std::min(n_allowed, n_paid) : n_allowed;
}

}  // namespace gpt2run
