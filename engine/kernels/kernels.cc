#include "engine/kernels/kernels.h"

#include <atomic>
#include <cassert>

#include "engine/kernels/isa_tables.h"

namespace gpt2run {
namespace {

std::atomic<const Kernels*>& current() {
  static std::atomic<const Kernels*> table{&kernels_of(chosen_isa())};
  return table;
}

}  // namespace

const Kernels& kernels_of(Isa isa) {
  assert(isa <= best_isa());
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kPortable:
      break;
    case Isa::kAvx2: {
      static const Kernels avx2 = avx2_kernels();
      return avx2;
    }
    case Isa::kAvx512: {
      static const Kernels avx512 = avx512_kernels();
      return avx512;
    }
    case Isa::kAvx512Vnni: {
      static const Kernels vnni = avx512_vnni_kernels();
      return vnni;
    }
    case Isa::kAmx: {
      static const Kernels amx = amx_kernels();
      return amx;
    }
  }
#endif
  static const Kernels portable = portable_kernels();
  return portable;
}

const Kernels& kernels() {
  return *current().load(std::memory_order_relaxed);
}

const float* cached_floats(CacheType type, const std::byte* panel, int n,
                           std::vector<float>& memory) {
  if (type == CacheType::kFloat32) return reinterpret_cast<const float*>(panel);
  memory.resize(static_cast<size_t>(n));
  kernels().from_halves(reinterpret_cast<const uint16_t*>(panel), n, memory.data());
  return memory.data();
}

void use_isa(Isa isa) {
  current() = &kernels_of(isa);
}

}  // namespace gpt2run
