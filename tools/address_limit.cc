// Refuses to start under an address limit (ulimit -v) in which OpenBLAS cannot: before main() it
// asks for its work space, and where it gets none it asks again for ever, with no word.

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

namespace {

// What the program's libraries map, and OpenBLAS's work space for each processor.
constexpr rlim_t kLibraries = rlim_t{256} << 20;  // bytes
constexpr rlim_t kWorkSpace = rlim_t{128} << 20;  // bytes

// The only code of the program that runs before the libraries' own start-up, hence system calls
// only.
void check_address_limit(int, char**, char**) {
  rlimit limit = {};
  cpu_set_t processors = {};
  if (::syscall(SYS_prlimit64, 0, RLIMIT_AS, nullptr, &limit) != 0) return;
  if (::syscall(SYS_sched_getaffinity, 0, sizeof(processors), &processors) < 0) return;
  const auto n_processors = static_cast<rlim_t>(CPU_COUNT(&processors));
  if (limit.rlim_cur >= kLibraries + n_processors * kWorkSpace) return;
  constexpr std::string_view kMessage =
      "gpt2run: out of memory: expected an address space of at least 256 MB and 128 MB for each "
      "processor, found a lower limit; raise it (ulimit -v)\n";
  [[maybe_unused]] const long n = ::syscall(SYS_write, 2, kMessage.data(), kMessage.size());
  ::syscall(SYS_exit_group, 1);
}

__attribute__((section(".preinit_array"),
               used)) void (*const g_check)(int, char**, char**) = check_address_limit;

}  // namespace
