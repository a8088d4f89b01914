#pragma once

#if defined(__x86_64__)

#include <cpuid.h>

namespace gpt2run {

// Whether this processor has a feature, for those that some compilers' __builtin_cpu_supports does
// not know by name.
//   leaf  of CPUID, its first subleaf; false if there is none
//   bit   of what it leaves in ECX or EDX
inline bool has_cpuid_bit(unsigned leaf, char reg, int bit) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(leaf, 0, &a, &b, &c, &d) == 0) return false;
  return ((reg == 'c' ? c : d) >> bit & 1) != 0;
}

inline bool has_f16c() {
  return has_cpuid_bit(1, 'c', 29);
}
inline bool has_amx_bf16() {
  return has_cpuid_bit(7, 'd', 24) && has_cpuid_bit(7, 'd', 22);  // with AMX_TILE
}
inline bool has_amx_int8() {
  return has_cpuid_bit(7, 'd', 24) && has_cpuid_bit(7, 'd', 25);
}

}  // namespace gpt2run

#endif
