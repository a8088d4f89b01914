#include "base/processors.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

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

std::vector<int> processors_in(const cpu_set_t& set) {
  std::vector<int> all;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) all.push_back(cpu);
  }
  return all;
}

}  // namespace

void move_apart(std::thread& thread, int distance) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  const std::vector<int> all = processors_in(allowed);
  const auto here = std::find(all.begin(), all.end(), sched_getcpu());
  if (here == all.end()) return;
  const auto at = static_cast<size_t>(here - all.begin()) + static_cast<size_t>(distance);
  CPU_ZERO(&one);
  CPU_SET(all[at % all.size()], &one);
  // Where the first call fails the thread stays where it is.
  if (pthread_setaffinity_np(thread.native_handle(), sizeof one, &one) == 0) {
    pthread_setaffinity_np(thread.native_handle(), sizeof allowed, &allowed);
  }
}

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
