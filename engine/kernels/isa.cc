#include "engine/kernels/isa.h"

#include <cstdlib>
#include <stdexcept>

#include "engine/kernels/cpuid.h"

#if defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gpt2run {
namespace {

constexpr Isa kAll[] = {Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAmx};

#if defined(__x86_64__)
// AMX's registers are so large that Linux gives them only to processes that ask.
bool may_use_amx() {
  constexpr long kArchReqXcompPerm = 0x1023, kXfeatureXtiledata = 18;
  return ::syscall(SYS_arch_prctl, kArchReqXcompPerm, kXfeatureXtiledata) == 0;
}

Isa find_best() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c()) {
    return Isa::kPortable;
  }
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return Isa::kAvx2;
  }
  if (!__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("avx512bf16")) {
    return Isa::kAvx512;
  }
  return has_amx_bf16() && may_use_amx() ? Isa::kAmx : Isa::kAvx512Vnni;
}
#else
Isa find_best() {
  return Isa::kPortable;
}
#endif

}  // namespace

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kPortable:
      return "portable";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx512Vnni:
      return "avx512-vnni";
    case Isa::kAmx:
      return "amx";
  }
  return "";
}

Isa best_isa() {
  static const Isa best = find_best();
  return best;
}

bool uses_prefetch() {
#if defined(__x86_64__)
  static const bool asks = !__builtin_cpu_is("amd");
  return asks;
#else
  return true;
#endif
}

Isa chosen_isa() {
  const char* const wanted = std::getenv("GPT2RUN_ISA");
  if (wanted == nullptr || *wanted == '\0') return best_isa();
  std::string here;
  for (const Isa isa : kAll) {
    if (isa > best_isa()) break;
    if (isa_name(isa) == std::string(wanted)) return isa;
    here += (here.empty() ? "" : ", ") + std::string(isa_name(isa));
  }
  throw std::invalid_argument("GPT2RUN_ISA: expected one of " + here +
                              " on this processor, found " + wanted);
}

}  // namespace gpt2run
